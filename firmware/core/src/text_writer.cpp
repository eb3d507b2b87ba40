#include "connack/text_writer.h"

#include "json_escape.h"

namespace connack {

TextWriter::TextWriter(char* buffer, size_t capacity) : buffer_(buffer), capacity_(capacity) { buffer_[0] = '\0'; }

TextWriter& TextWriter::text(TextView text) {
  if (text.size >= capacity_ - size_) {
    fits_ = false;
    return *this;
  }
  if (text.size > 0) memcpy(buffer_ + size_, text.data, text.size);
  size_ += text.size;
  buffer_[size_] = '\0';
  return *this;
}

TextWriter& TextWriter::text(const char* text) { return this->text(TextView(text)); }

TextWriter& TextWriter::labelled(const char* label, int64_t value) { return text(label).number(value); }

TextWriter& TextWriter::character(char character) { return text(TextView(&character, 1)); }

TextWriter& TextWriter::number(int64_t number) {
  char digits[20];
  size_t at = sizeof(digits);
  // Also right for the least number, whose negative there is not.
  uint64_t rest = number < 0 ? 0 - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
  do {
    digits[--at] = static_cast<char>('0' + rest % 10);
    rest /= 10;
  } while (rest > 0);
  if (number < 0) digits[--at] = '-';
  return text(TextView(digits + at, sizeof(digits) - at));
}

TextWriter& TextWriter::hex(const uint8_t* bytes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < size; i++) {
    const char pair[2] = {digits[bytes[i] >> 4], digits[bytes[i] & 15]};
    text(TextView(pair, 2));
  }
  return *this;
}

TextWriter& TextWriter::json(TextView value) {
  character('"');
  for (size_t i = 0; i < value.size; i++) {
    char escaped[6];
    text(TextView(escaped, escapeJson(value.data[i], escaped)));
  }
  return character('"');
}

void TextWriter::clear() {
  size_ = 0;
  fits_ = true;
  memset(buffer_, 0, capacity_);
}

}  // namespace connack
