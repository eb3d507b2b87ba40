#include "connack/mqtt_client.h"
#include "mqtt_packet.h"

/** What goes out next, and of which pieces it is made. Nothing is copied together: a token stays where it is. */
namespace connack {

namespace {

const uint8_t usernameFlag = 128;
const uint8_t passwordFlag = 64;
const uint8_t willRetainFlag = 32;
const uint8_t willFlag = 4;
const uint8_t cleanSessionFlag = 2;

}  // namespace

bool MqttClient::chooseNext(uint32_t nowMs) {
  if (state_ != MqttState::connected && state_ != MqttState::leaving) return false;
  ScratchWriter small(small_);
  sentBytes_ = 0;
  stallBy_ = Deadline::in(nowMs, options_.timeoutMs);
  if (ackCount_ > 0) {
    small.byte(pubackPacket << 4).byte(2).word(acks_[0]);
    ackCount_--;
    memmove(acks_, acks_ + 1, ackCount_ * sizeof(acks_[0]));
    sending_ = Sending::small;
  } else if (state_ == MqttState::leaving) {
    if (isGoodbyeSent_) return false;
    small.byte(disconnectPacket << 4).byte(0);
    sending_ = Sending::small;
  } else if (isPingWanted_) {
    isPingWanted_ = false;
    small.byte(pingreqPacket << 4).byte(0);
    sending_ = Sending::small;
  } else if (!isAwaitingSuback_ && nextSubscription_ < options_.subscriptionCount) {
    subscribeId_ = nextPacketId();
    sending_ = Sending::subscribe;
  } else {
    const size_t next = queue_.firstWaiting();
    if (isHolding_ || next >= queue_.size() || queue_.inFlight() >= window()) return false;
    const QueuedMessage message = queue_.at(next);
    if (message.qos > 0) {
      if (queue_.inFlight() == 0) ackBy_ = Deadline::in(nowMs, options_.timeoutMs);
      queue_.sent(next, message.packetId != 0 ? message.packetId : nextPacketId());
    }
    queue_.pin(next);
    sending_ = Sending::publish;
  }
  smallSize_ = static_cast<uint8_t>(small.position() - small_);
  return true;
}

/** A message that failed on two connections goes alone: what a broker cuts the connection for takes no others with it. */
size_t MqttClient::window() const { return queue_.at(0).sends > 2 ? 1 : CONNACK_MAX_IN_FLIGHT; }

void MqttClient::sendingDone(uint32_t nowMs) {
  const Sending sent = sending_;
  sending_ = Sending::nothing;
  if (sent == Sending::publish) {
    const size_t index = queue_.pinned();
    queue_.unpin();
    if (queue_.at(index).qos == 0) queue_.remove(index);
  } else if (sent == Sending::subscribe) {
    isAwaitingSuback_ = true;
    subackBy_ = Deadline::in(nowMs, options_.timeoutMs);
  } else if (sent == Sending::small && small_[0] == pingreqPacket << 4) {
    // What else was sent proves nothing: messages of QoS 0 have no answer, and would put it off for ever.
    pingAt_ = Deadline::in(nowMs, options_.keepAliveSeconds * 500u);
    isAwaitingPong_ = true;
    pongBy_ = Deadline::in(nowMs, options_.timeoutMs);
  } else if (sent == Sending::small && small_[0] == disconnectPacket << 4) {
    isGoodbyeSent_ = true;
  }
}

uint16_t MqttClient::nextPacketId() {
  do {
    packetId_++;
  } while (packetId_ == 0 || queue_.isUsed(packetId_));
  return packetId_;
}

size_t MqttClient::pieces(Piece* out, uint8_t* scratch) const {
  switch (sending_) {
    case Sending::connect:
      return connectPieces(out, scratch);
    case Sending::publish:
      return publishPieces(out, scratch);
    case Sending::subscribe:
      return subscribePieces(out, scratch);
    case Sending::small:
      out[0] = {small_, smallSize_};
      return 1;
    case Sending::nothing:
      break;
  }
  return 0;
}

/** MQTT 3.1.1 §3.1. */
size_t MqttClient::connectPieces(Piece* out, uint8_t* scratch) const {
  const TextView clientId(credentials_->clientId);
  const TextView username(credentials_->username);
  const TextView password(credentials_->password);
  const Will* will = options_.will;
  const bool hasPassword = !password.isEmpty();
  // No password without a user name [MQTT-3.1.2-22]; an empty one is one.
  const bool hasUsername = hasPassword || !username.isEmpty();
  size_t flags = options_.cleanSession ? cleanSessionFlag : 0;
  size_t size = 10 + 2 + clientId.size;
  if (will != nullptr) {
    flags |= willFlag | static_cast<size_t>(will->qos) << 3 | (will->retain ? willRetainFlag : 0);
    size += 2 + will->topic.size + 2 + will->payload.size;
  }
  if (hasUsername) {
    flags |= usernameFlag;
    size += 2 + username.size;
  }
  if (hasPassword) {
    flags |= passwordFlag;
    size += 2 + password.size;
  }
  ScratchWriter writer(scratch);
  size_t count = 0;
  writer.byte(connectPacket << 4).length(size).word(4).byte('M').byte('Q').byte('T').byte('T').byte(4);
  writer.byte(flags).word(options_.keepAliveSeconds);
  out[count++] = {scratch, static_cast<size_t>(writer.position() - scratch)};
  const auto text = [&](TextView part) {
    const uint8_t* start = writer.position();
    writer.word(part.size);
    out[count++] = {start, 2};
    out[count++] = {part.data, part.size};
  };
  text(clientId);
  if (will != nullptr) {
    text(will->topic);
    text(will->payload);
  }
  if (hasUsername) text(username);
  if (hasPassword) text(password);
  return count;
}

/** §3.3; DUP on every connection but the first [MQTT-3.3.1-1]. */
size_t MqttClient::publishPieces(Piece* out, uint8_t* scratch) const {
  const QueuedMessage message = queue_.at(queue_.pinned());
  const bool isAgain = message.sends > 1;
  const size_t flags = (isAgain ? 8u : 0u) | static_cast<size_t>(message.qos) << 1 | (message.retain ? 1u : 0u);
  const size_t size = 2 + message.topic.size + (message.qos > 0 ? 2 : 0) + message.payload.size;
  ScratchWriter writer(scratch);
  writer.byte(publishPacket << 4 | flags).length(size).word(message.topic.size);
  const uint8_t* id = writer.position();
  writer.word(message.packetId);
  out[0] = {scratch, static_cast<size_t>(id - scratch)};
  out[1] = {message.topic.data, message.topic.size};
  out[2] = {id, message.qos > 0 ? 2u : 0u};
  out[3] = {message.payload.data, message.payload.size};
  return 4;
}

/** §3.8. */
size_t MqttClient::subscribePieces(Piece* out, uint8_t* scratch) const {
  const Subscription& subscription = options_.subscriptions[nextSubscription_];
  const TextView filter(subscription.filter);
  ScratchWriter writer(scratch);
  writer.byte(subscribePacket << 4 | 2).length(2 + 2 + filter.size + 1).word(subscribeId_).word(filter.size);
  const uint8_t* qos = writer.position();
  writer.byte(subscription.qos);
  out[0] = {scratch, static_cast<size_t>(qos - scratch)};
  out[1] = {filter.data, filter.size};
  out[2] = {qos, 1};
  return 3;
}

}  // namespace connack
