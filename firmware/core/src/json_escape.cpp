#include "json_escape.h"

#include <stdint.h>

namespace connack {

namespace {

char shortEscape(char character) {
  switch (character) {
    case '"':
    case '\\':
      return character;
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\t':
      return 't';
    default:
      return '\0';
  }
}

}  // namespace

size_t escapeJson(char character, char* out) {
  const char escape = shortEscape(character);
  if (escape != '\0') {
    out[0] = '\\';
    out[1] = escape;
    return 2;
  }
  const uint8_t byte = static_cast<uint8_t>(character);
  if (byte >= 0x20) {
    out[0] = character;
    return 1;
  }
  static const char digits[] = "0123456789abcdef";
  out[0] = '\\';
  out[1] = 'u';
  out[2] = '0';
  out[3] = '0';
  out[4] = digits[byte >> 4];
  out[5] = digits[byte & 15];
  return 6;
}

}  // namespace connack
