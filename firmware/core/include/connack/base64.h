#pragma once
#include "connack/text_view.h"
#include "connack/text_writer.h"

namespace connack {

/** Base64 without padding in the alphabet of URLs (RFC 4648 §5), bytes as they come. */
class Base64urlEncoder {
 public:
  explicit Base64urlEncoder(TextWriter& out) : out_(out) {}
  void bytes(const void* bytes, size_t size);
  /** Once, at the end. */
  void finish();

 private:
  TextWriter& out_;
  uint8_t held_[3] = {};
  uint8_t count_ = 0;
};

void writeBase64url(TextWriter& out, const void* bytes, size_t size);
/** The usual alphabet, with padding (RFC 4648 §4): passwords of xiaozhi, HTTP Basic. */
void writeBase64(TextWriter& out, const void* bytes, size_t size);
/** Strict base64url: no padding, no other character, unused bits zero. Returns the number of bytes, or -1. */
int32_t readBase64url(TextView text, uint8_t* out, size_t capacity);

}  // namespace connack
