#pragma once
#include "connack/clock.h"
#include "connack/credentials.h"
#include "connack/packet_reader.h"
#include "connack/telemetry_queue.h"
#include "connack/wire.h"

namespace connack {

/** Published by the broker when the device is gone without a goodbye. The texts have to stay. */
struct Will {
  TextView topic;
  TextView payload;
  uint8_t qos = 1;
  bool retain = true;
};

struct Subscription {
  const char* filter;
  uint8_t qos = 1;
};

struct MqttOptions {
  uint16_t keepAliveSeconds = 60;
  /** For opening the wire, again for CONNECT and the whole CONNACK, for a sign of life, and for an acknowledgement. */
  uint32_t timeoutMs = 30000;
  /** False: the broker keeps subscriptions and messages while the device is away. */
  bool cleanSession = false;
  const Will* will = nullptr;
  /** Asked for where the broker has no session; SUBSCRIBE with one filter each. */
  const Subscription* subscriptions = nullptr;
  size_t subscriptionCount = 0;
};

enum class MqttState : uint8_t {
  idle,
  opening,
  /** CONNECT goes out, CONNACK is awaited. */
  greeting,
  connected,
  /** DISCONNECT goes out. */
  leaving,
  /** `end()` says why. */
  ended,
};

enum class MqttEnd : uint8_t {
  none,
  /** As it was asked to. */
  goodbye,
  /** The wire could not be opened. */
  unreachable,
  /** CONNACK with a code other than 0. */
  refused,
  /** The wire was open, and no CONNACK came in time. */
  noConnack,
  /** The broker closed before CONNACK. */
  closedEarly,
  /** The broker or the network closed it. */
  lost,
  /** PINGRESP or PUBACK did not come. */
  silent,
  /** The other side does not speak MQTT 3.1.1. */
  protocol,
};

const char* mqttEndText(MqttEnd end);

/** What the broker says. Called from `poll`; none of it may call the client. */
class MqttListener {
 public:
  /** The bytes are good for the length of the call. */
  virtual void onMessage(TextView topic, const uint8_t* payload, size_t size, bool isRetained) = 0;
  /** A subscription was refused (SUBACK 0x80). */
  virtual void onSubscriptionRefused(const char* filter) = 0;

 protected:
  ~MqttListener() = default;
};

/**
 * MQTT 3.1.1 over a wire that never makes it wait: `poll` does what can be done now. QoS 0 and 1, both ways. Messages leave
 * from the queue and stay in it until they are acknowledged.
 */
class MqttClient {
 public:
  MqttClient(Wire& wire, TelemetryQueue& queue, MqttListener& listener, const MqttOptions& options);

  /** Connects. Host and credentials have to stay until CONNACK. An old connection is closed first. */
  void connect(const char* host, uint16_t port, const Credentials& credentials, uint32_t nowMs);
  void poll(uint32_t nowMs);
  /**
   * Says DISCONNECT, so that no will is published, and ends when the broker has closed, or after `patienceMs`: closed with
   * bytes unread, TCP may throw away what is on its way. At once where there is no connection.
   */
  void disconnect(uint32_t nowMs, uint32_t patienceMs);
  /** Cuts the connection without a word. */
  void abort();

  MqttState state() const { return state_; }
  MqttEnd end() const { return end_; }
  /** Of the last CONNACK. */
  uint8_t connackCode() const { return connackCode_; }
  bool isSessionPresent() const { return isSessionPresent_; }
  /** Everything that was sent is acknowledged. */
  bool isSettled() const;
  /** No new messages leave while it is set; acknowledgements still do. */
  void holdMessages(bool hold) { isHolding_ = hold; }
  /** Messages of the broker that were larger than the buffer. */
  uint32_t skippedMessages() const { return skippedMessages_; }
  /** CONNECTs that were begun. */
  uint32_t connects() const { return connects_; }

 private:
  enum class Sending : uint8_t { nothing, connect, publish, subscribe, small };
  struct Piece {
    const void* bytes;
    size_t size;
  };
  static constexpr size_t maxPieces = 12;
  static constexpr size_t maxAcks = 16;

  void finish(MqttEnd end);
  /** What it means now that the wire is closed. */
  MqttEnd endOfWire() const;
  void pollOpening(uint32_t nowMs);
  void pollTimers(uint32_t nowMs);
  void pollRead(uint32_t nowMs);
  void pollWrite(uint32_t nowMs);
  bool chooseNext(uint32_t nowMs);
  size_t pieces(Piece* out, uint8_t* scratch) const;
  size_t connectPieces(Piece* out, uint8_t* scratch) const;
  size_t publishPieces(Piece* out, uint8_t* scratch) const;
  size_t subscribePieces(Piece* out, uint8_t* scratch) const;
  void sendingDone(uint32_t nowMs);
  bool handle(const Packet& packet, uint32_t nowMs);
  bool handleConnack(const Packet& packet, uint32_t nowMs);
  bool handlePublish(const Packet& packet);
  bool handleSuback(const Packet& packet);
  size_t window() const;
  uint16_t nextPacketId();

  Wire& wire_;
  TelemetryQueue& queue_;
  MqttListener& listener_;
  const MqttOptions options_;
  const Credentials* credentials_ = nullptr;
  PacketReader reader_;
  MqttState state_ = MqttState::idle;
  MqttEnd end_ = MqttEnd::none;
  uint8_t connackCode_ = 0;
  bool isSessionPresent_ = false;
  bool isHolding_ = false;
  bool isPingWanted_ = false;
  bool isAwaitingPong_ = false;
  bool isAwaitingSuback_ = false;
  bool isGoodbyeSent_ = false;
  /** All subscriptions were granted or refused in the session that the broker has. */
  bool areSubscribed_ = false;
  bool isSubscriptionRefused_ = false;
  Sending sending_ = Sending::nothing;
  uint8_t small_[4] = {};
  uint8_t smallSize_ = 0;
  /** Bytes of the packet under way that the wire has taken. */
  size_t sentBytes_ = 0;
  uint16_t acks_[maxAcks] = {};
  uint8_t ackCount_ = 0;
  uint16_t packetId_ = 0;
  uint16_t subscribeId_ = 0;
  size_t nextSubscription_ = 0;
  Deadline timeout_;
  Deadline pingAt_;
  Deadline pongBy_;
  Deadline ackBy_;
  Deadline stallBy_;
  Deadline subackBy_;
  uint32_t skippedMessages_ = 0;
  uint32_t connects_ = 0;
};

}  // namespace connack
