#include "connack/base64.h"

namespace connack {

namespace {

const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const char forUrls[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** `size` bytes, 1 to 3, as size + 1 characters. */
void writeGroup(TextWriter& out, const char* alphabet, const uint8_t* bytes, size_t size) {
  const uint32_t first = bytes[0];
  const uint32_t second = size > 1 ? bytes[1] : 0;
  const uint32_t third = size > 2 ? bytes[2] : 0;
  const uint32_t group = first << 16 | second << 8 | third;
  const char text[4] = {alphabet[group >> 18], alphabet[group >> 12 & 63], alphabet[group >> 6 & 63], alphabet[group & 63]};
  out.text(TextView(text, size + 1));
}

int32_t valueOf(char character) {
  if (character >= 'A' && character <= 'Z') return character - 'A';
  if (character >= 'a' && character <= 'z') return character - 'a' + 26;
  if (character >= '0' && character <= '9') return character - '0' + 52;
  if (character == '-') return 62;
  if (character == '_') return 63;
  return -1;
}

}  // namespace

void Base64urlEncoder::bytes(const void* bytes, size_t size) {
  const uint8_t* from = static_cast<const uint8_t*>(bytes);
  for (size_t i = 0; i < size; i++) {
    held_[count_++] = from[i];
    if (count_ < 3) continue;
    writeGroup(out_, forUrls, held_, 3);
    count_ = 0;
  }
}

void Base64urlEncoder::finish() {
  if (count_ > 0) writeGroup(out_, forUrls, held_, count_);
  count_ = 0;
}

void writeBase64url(TextWriter& out, const void* bytes, size_t size) {
  Base64urlEncoder encoder(out);
  encoder.bytes(bytes, size);
  encoder.finish();
}

void writeBase64(TextWriter& out, const void* bytes, size_t size) {
  const uint8_t* from = static_cast<const uint8_t*>(bytes);
  for (size_t i = 0; i < size; i += 3) {
    const size_t group = size - i < 3 ? size - i : 3;
    writeGroup(out, standard, from + i, group);
    for (size_t padding = group; padding < 3; padding++) out.character('=');
  }
}

int32_t readBase64url(TextView text, uint8_t* out, size_t capacity) {
  uint32_t bits = 0;
  uint32_t bitCount = 0;
  size_t size = 0;
  for (size_t i = 0; i < text.size; i++) {
    const int32_t value = valueOf(text.data[i]);
    if (value < 0) return -1;
    bits = (bits << 6 | static_cast<uint32_t>(value)) & 0xfff;
    bitCount += 6;
    if (bitCount < 8) continue;
    bitCount -= 8;
    if (size == capacity) return -1;
    out[size++] = static_cast<uint8_t>(bits >> bitCount);
  }
  // A single character left over holds no byte, and bits left over have to be zero.
  const uint32_t rest = bits & ((1u << bitCount) - 1);
  return bitCount == 6 || rest != 0 ? -1 : static_cast<int32_t>(size);
}

}  // namespace connack
