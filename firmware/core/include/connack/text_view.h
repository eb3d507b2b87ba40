#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

namespace connack {

/** Characters that somebody else keeps; no zero at the end is promised. */
struct TextView {
  const char* data = "";
  size_t size = 0;

  constexpr TextView() = default;
  constexpr TextView(const char* text, size_t length) : data(text), size(length) {}
  /** A text that ends with zero; null is the empty text. */
  TextView(const char* text) : data(text == nullptr ? "" : text), size(text == nullptr ? 0 : strlen(text)) {}

  bool isEmpty() const { return size == 0; }
  bool operator==(TextView other) const { return size == other.size && memcmp(data, other.data, size) == 0; }
  bool operator!=(TextView other) const { return !(*this == other); }
};

}  // namespace connack
