#pragma once
#include <stddef.h>
#include <stdint.h>

namespace connack {

/** Control packet types (MQTT 3.1.1 §2.2.1). */
enum PacketType : uint8_t {
  connectPacket = 1,
  connackPacket = 2,
  publishPacket = 3,
  pubackPacket = 4,
  subscribePacket = 8,
  subackPacket = 9,
  pingreqPacket = 12,
  pingrespPacket = 13,
  disconnectPacket = 14,
};

/** Bytes that frame the texts of one packet, at most. */
const size_t packetScratch = 40;

/** Writes bytes one after the other, and says where each piece began. */
class ScratchWriter {
 public:
  explicit ScratchWriter(uint8_t* scratch) : at_(scratch) {}
  uint8_t* position() const { return at_; }
  ScratchWriter& byte(size_t value) {
    *at_++ = static_cast<uint8_t>(value);
    return *this;
  }
  ScratchWriter& word(size_t value) { return byte(value >> 8).byte(value); }
  /** Remaining length (§2.2.3). */
  ScratchWriter& length(size_t value) {
    for (; value > 127; value >>= 7) byte((value & 127) | 128);
    return byte(value);
  }

 private:
  uint8_t* at_;
};

inline uint16_t readWord(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

}  // namespace connack
