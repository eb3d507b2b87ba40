#include "connack/packet_reader.h"

namespace connack {

namespace {

const uint8_t publish = 3;

}  // namespace

void PacketReader::reset() {
  state_ = State::type;
  size_ = 0;
  position_ = 0;
}

ReadResult PacketReader::read(const uint8_t* bytes, size_t size, size_t& used, Packet& packet) {
  used = 0;
  while (used < size && state_ != State::malformed) {
    switch (state_) {
      case State::type:
        first_ = bytes[used++];
        lengthBytes_ = 0;
        size_ = 0;
        position_ = 0;
        skippedPacketId_ = 0;
        state_ = State::length;
        break;
      case State::length: {
        const uint8_t byte = bytes[used++];
        size_ |= static_cast<uint32_t>(byte & 127) << (7 * lengthBytes_++);
        const bool isMore = (byte & 128) != 0;
        // Four bytes at most (MQTT 3.1.1 §2.2.3).
        if (isMore && lengthBytes_ == 4) state_ = State::malformed;
        else if (!isMore) state_ = State::body;
        break;
      }
      case State::body:
        keep(bytes[used++]);
        break;
      case State::malformed:
        break;
    }
    if (state_ == State::body && position_ == size_) {
      if (complete(packet)) return ReadResult::packet;
      state_ = State::malformed;
    }
  }
  return state_ == State::malformed ? ReadResult::malformed : ReadResult::needMore;
}

void PacketReader::keep(uint8_t byte) {
  if (position_ < sizeof(body_)) body_[position_] = byte;
  // The packet id of a message that is too large comes after its topic, which may be beyond the buffer.
  if (size_ > sizeof(body_) && first_ >> 4 == publish && (first_ & 6) != 0 && position_ >= 2) {
    const uint32_t idAt = 2 + (static_cast<uint32_t>(body_[0]) << 8 | body_[1]);
    if (position_ == idAt) skippedPacketId_ = static_cast<uint16_t>(byte << 8);
    if (position_ == idAt + 1) skippedPacketId_ = static_cast<uint16_t>(skippedPacketId_ | byte);
  }
  position_++;
}

bool PacketReader::complete(Packet& packet) {
  packet.type = first_ >> 4;
  packet.flags = first_ & 15;
  packet.body = size_ > sizeof(body_) ? nullptr : body_;
  packet.size = size_;
  packet.skippedPacketId = skippedPacketId_;
  state_ = State::type;
  return packet.type != 0 && packet.type != 15;
}

}  // namespace connack
