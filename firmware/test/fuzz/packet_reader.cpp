#include <stdlib.h>

#include "connack/packet_reader.h"

/** Any bytes in any pieces: the first byte says how they are cut. The packets have to be the same as in one piece. */
namespace {

uint32_t digest(const uint8_t* bytes, size_t size, size_t step) {
  connack::PacketReader reader;
  uint32_t hash = 1;
  for (size_t at = 0; at < size;) {
    const size_t piece = size - at < step ? size - at : step;
    size_t used = 0;
    connack::Packet packet = {};
    const connack::ReadResult result = reader.read(bytes + at, piece, used, packet);
    if (used > piece) abort();
    at += used;
    if (result == connack::ReadResult::malformed) return hash * 31 + 7;
    if (result == connack::ReadResult::needMore) continue;
    if (packet.type < 1 || packet.type > 14 || (packet.body == nullptr) != (packet.size > CONNACK_MAX_INBOUND)) abort();
    hash = hash * 31 + packet.type * 16u + packet.flags + packet.size + packet.skippedPacketId;
    for (uint32_t i = 0; packet.body != nullptr && i < packet.size; i++) hash = hash * 31 + packet.body[i];
  }
  return hash;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  if (digest(data + 1, size - 1, size) != digest(data + 1, size - 1, 1u + data[0] % 16)) abort();
  return 0;
}
