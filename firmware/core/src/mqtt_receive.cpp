#include "connack/mqtt_client.h"
#include "mqtt_packet.h"

/** What the broker's packets mean. Each function is false for one that MQTT 3.1.1 does not allow here. */
namespace connack {

namespace {

/** A name to publish to: not empty, no wildcards, no zero (§4.7.3). */
bool isTopicName(TextView topic) {
  for (size_t i = 0; i < topic.size; i++) {
    const char c = topic.data[i];
    if (c == '+' || c == '#' || c == '\0') return false;
  }
  return !topic.isEmpty();
}

}  // namespace

bool MqttClient::handle(const Packet& packet, uint32_t nowMs) {
  if (state_ == MqttState::greeting) return handleConnack(packet, nowMs);
  if (packet.type == publishPacket) return handlePublish(packet);
  if (packet.flags != 0 || packet.body == nullptr) return false;
  switch (packet.type) {
    case pubackPacket:
      if (packet.size != 2) return false;
      // One that nobody waits for any more, after it was dropped, is fine.
      if (queue_.acknowledged(readWord(packet.body))) ackBy_ = Deadline::in(nowMs, options_.timeoutMs);
      return true;
    case subackPacket:
      return handleSuback(packet);
    case pingrespPacket:
      return packet.size == 0;
    default:
      return false;
  }
}

/** §3.2. */
bool MqttClient::handleConnack(const Packet& packet, uint32_t nowMs) {
  if (packet.type != connackPacket || packet.flags != 0 || packet.size != 2 || packet.body[0] > 1) return false;
  // Before the broker can have read it all: some refuse by the user name alone.
  connackCode_ = packet.body[1];
  if (connackCode_ != 0) {
    finish(MqttEnd::refused);
    return true;
  }
  if (sending_ != Sending::nothing) return false;
  isSessionPresent_ = packet.body[0] == 1;
  if (!isSessionPresent_) areSubscribed_ = false;
  nextSubscription_ = areSubscribed_ ? options_.subscriptionCount : 0;
  isSubscriptionRefused_ = false;
  state_ = MqttState::connected;
  pingAt_ = Deadline::in(nowMs, options_.keepAliveSeconds * 500u);
  return true;
}

/** §3.3. */
bool MqttClient::handlePublish(const Packet& packet) {
  const uint8_t qos = packet.flags >> 1 & 3;
  // Nothing was asked for with QoS 2.
  if (qos > 1) return false;
  uint16_t id = packet.skippedPacketId;
  if (packet.body != nullptr) {
    const uint32_t idSize = qos > 0 ? 2 : 0;
    if (packet.size < 2 + idSize) return false;
    const uint32_t topicSize = readWord(packet.body);
    if (topicSize > packet.size - 2 - idSize) return false;
    const TextView topic(reinterpret_cast<const char*>(packet.body) + 2, topicSize);
    if (!isTopicName(topic)) return false;
    if (qos > 0) id = readWord(packet.body + 2 + topicSize);
    if (qos > 0 && id == 0) return false;
    const uint32_t start = 2 + topicSize + idSize;
    // One of QoS 1 that cannot be acknowledged any more comes again on the next connection.
    if (qos > 0 && state_ == MqttState::leaving) return true;
    listener_.onMessage(topic, packet.body + start, packet.size - start, (packet.flags & 1) != 0);
  } else {
    if (qos > 0 && id == 0) return false;
    skippedMessages_++;
    if (state_ == MqttState::leaving) return true;
  }
  // A message that is too large is acknowledged as well, or it would come for ever.
  if (qos > 0) acks_[ackCount_++] = id;
  return true;
}

/** §3.9. */
bool MqttClient::handleSuback(const Packet& packet) {
  if (packet.size != 3 || !isAwaitingSuback_ || readWord(packet.body) != subscribeId_) return false;
  const uint8_t code = packet.body[2];
  if (code > 2 && code != 128) return false;
  isAwaitingSuback_ = false;
  const Subscription& subscription = options_.subscriptions[nextSubscription_++];
  if (code == 128) isSubscriptionRefused_ = true;
  // Asked for again with the next connection: somebody may have given the right meanwhile.
  if (nextSubscription_ == options_.subscriptionCount) areSubscribed_ = !isSubscriptionRefused_;
  if (code == 128) listener_.onSubscriptionRefused(subscription.filter);
  return true;
}

}  // namespace connack
