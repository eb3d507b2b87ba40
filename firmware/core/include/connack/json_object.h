#pragma once
#include "connack/text_view.h"

namespace connack {

/**
 * Reads a JSON object (RFC 8259) where it is, without a copy: `parse` looks at the whole text, then its members are there
 * by name. Strings are UTF-8; nesting is at most 16 deep; of a name that comes twice the first one counts.
 */
class JsonObject {
 public:
  /** False for anything but one object, with space around it at most. The text has to stay. */
  bool parse(TextView text);
  /** The string with its escapes resolved and a zero at the end. False where there is none, or it does not fit or holds a zero. */
  bool text(const char* name, char* out, size_t capacity) const;
  /** A whole number, or a fraction or exponent that is one; within ±2^53. */
  bool number(const char* name, int64_t& out) const;
  bool object(const char* name, JsonObject& out) const;
  bool has(const char* name) const;

 private:
  bool find(const char* name, TextView& value) const;
  TextView text_;
};

}  // namespace connack
