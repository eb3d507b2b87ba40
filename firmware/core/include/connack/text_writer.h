#pragma once
#include "connack/text_view.h"

namespace connack {

/** Puts a text together in a buffer of fixed size, always ended with zero. What does not fit is left out, and told. */
class TextWriter {
 public:
  /** @param capacity bytes of the buffer, with the zero; at least 1 */
  TextWriter(char* buffer, size_t capacity);

  TextWriter& text(TextView text);
  TextWriter& text(const char* text);
  TextWriter& character(char character);
  TextWriter& number(int64_t number);
  /** Lower case, two digits a byte. */
  TextWriter& hex(const uint8_t* bytes, size_t size);
  /** `2026-11-22T10:00:00Z` (RFC 3339). */
  TextWriter& utc(int64_t unixSeconds);
  /** A JSON string (RFC 8259 §7), with its quotes, as JavaScript writes it. */
  TextWriter& json(TextView text);
  /** A name and its number, such as ` queued=3`. */
  TextWriter& labelled(const char* label, int64_t number);
  /** Starts again. */
  void clear();

  /** Nothing was left out so far. */
  bool fits() const { return fits_; }
  size_t size() const { return size_; }
  const char* data() const { return buffer_; }
  TextView view() const { return TextView(buffer_, size_); }

 private:
  char* buffer_;
  size_t capacity_;
  size_t size_ = 0;
  bool fits_ = true;
};

/** A TextWriter with its own buffer, for the stack or a member. */
template <size_t capacity>
class TextBuffer : public TextWriter {
 public:
  // cppcheck-suppress uninitMemberVar ; as said below
  TextBuffer() : TextWriter(own_, capacity) {}
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

 private:
  // Not set to zero: the writer ends it, and zeroing each would cost more than what is written.
  char own_[capacity];
};

}  // namespace connack
