#pragma once
#include "connack/limits.h"
#include "connack/text_view.h"

namespace connack {

/** One MQTT control packet (MQTT 3.1.1 §2). */
struct Packet {
  /** Control packet type, 1 to 14. */
  uint8_t type;
  /** The four lower bits of the first byte. */
  uint8_t flags;
  /** All after the fixed header; good until the next call. Null where the packet was too large and has been skipped. */
  const uint8_t* body;
  uint32_t size;
  /** Of a PUBLISH of QoS 1 or 2 that was skipped, so that it can be acknowledged; 0 otherwise. */
  uint16_t skippedPacketId;
};

enum class ReadResult : uint8_t { needMore, packet, malformed };

/** Puts packets together from bytes as they come, in any pieces. Never holds more than its buffer. */
class PacketReader {
 public:
  /**
   * Reads until a packet is complete or there are no bytes left. `used` says how many it took: call again with the rest.
   * After `malformed` the stream cannot be read any further.
   */
  ReadResult read(const uint8_t* bytes, size_t size, size_t& used, Packet& packet);
  void reset();
  /** Bytes of a packet are there, but not all. */
  bool isInside() const { return state_ != State::type; }

 private:
  enum class State : uint8_t { type, length, body, malformed };
  void keep(uint8_t byte);
  bool complete(Packet& packet);

  State state_ = State::type;
  uint8_t first_ = 0;
  uint8_t lengthBytes_ = 0;
  uint32_t size_ = 0;
  uint32_t position_ = 0;
  uint16_t skippedPacketId_ = 0;
  uint8_t body_[CONNACK_MAX_INBOUND] = {};
};

}  // namespace connack
