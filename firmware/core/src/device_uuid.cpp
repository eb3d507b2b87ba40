#include "connack/device_uuid.h"

namespace connack {

namespace {

const size_t uuidSize = 36;

bool isHyphenPlace(size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

bool isUuid(const char* text) {
  for (size_t i = 0; i < uuidSize; i++) {
    const bool isHex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (isHyphenPlace(i) ? text[i] != '-' : !isHex) return false;
  }
  return true;
}

}  // namespace

bool loadOrMakeUuid(Storage& storage, void (*fillRandom)(uint8_t* bytes, size_t size), TextWriter& out) {
  char kept[uuidSize];
  if (storage.load("uuid", kept, sizeof(kept)) == static_cast<int32_t>(uuidSize) && isUuid(kept)) {
    out.text(TextView(kept, uuidSize));
    return out.fits();
  }
  uint8_t bytes[16];
  fillRandom(bytes, sizeof(bytes));
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  TextBuffer<uuidSize + 1> made;
  for (size_t i = 0; i < sizeof(bytes); i++) {
    if (isHyphenPlace(made.size())) made.character('-');
    made.hex(bytes + i, 1);
  }
  if (!storage.save("uuid", made.view())) return false;
  out.text(made.view());
  return out.fits();
}

}  // namespace connack
