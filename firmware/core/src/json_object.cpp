#include "connack/json_object.h"

namespace connack {

namespace {

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

int32_t hexValue(char c) {
  if (isDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/** Walks over JSON, one value or sign at a time; each `skip` and `take` is false where the text is something else. */
class Scanner {
 public:
  explicit Scanner(TextView text) : text_(text) {}

  size_t position() const { return at_; }
  bool isAtEnd() const { return at_ == text_.size; }
  char peek() const { return isAtEnd() ? '\0' : text_.data[at_]; }
  TextView since(size_t start) const { return TextView(text_.data + start, at_ - start); }

  void space() {
    while (!isAtEnd() && isSpace(text_.data[at_])) at_++;
  }

  bool take(char c) {
    if (isAtEnd() || text_.data[at_] != c) return false;
    at_++;
    return true;
  }

  /** RFC 8259 §7: no control characters, known escapes; surrogates in pairs. */
  bool skipString() {
    if (!take('"')) return false;
    while (!isAtEnd()) {
      const uint8_t c = static_cast<uint8_t>(text_.data[at_]);
      if (c == '"') {
        at_++;
        return true;
      }
      if (c < 0x20) return false;
      if (c == '\\') {
        uint32_t ignored = 0;
        if (!takeEscape(ignored)) return false;
      } else if (!skipUtf8()) {
        return false;
      }
    }
    return false;
  }

  /** From the backslash on; the character that is meant. */
  bool takeEscape(uint32_t& character) {
    if (text_.size - at_ < 2) return false;
    const char kind = text_.data[at_ + 1];
    at_ += 2;
    switch (kind) {
      case '"':
      case '\\':
      case '/':
        character = static_cast<uint8_t>(kind);
        return true;
      case 'b':
        character = '\b';
        return true;
      case 'f':
        character = '\f';
        return true;
      case 'n':
        character = '\n';
        return true;
      case 'r':
        character = '\r';
        return true;
      case 't':
        character = '\t';
        return true;
      case 'u':
        return takeUnicode(character);
      default:
        return false;
    }
  }

  bool skipNumber() {
    take('-');
    if (take('0')) {
      if (isDigit(peek())) return false;
    } else if (!skipDigits()) {
      return false;
    }
    if (take('.') && !skipDigits()) return false;
    if (peek() == 'e' || peek() == 'E') {
      at_++;
      if (!take('+')) take('-');
      if (!skipDigits()) return false;
    }
    return true;
  }

  bool skipWord(const char* word) {
    const TextView wanted(word);
    if (text_.size - at_ < wanted.size || TextView(text_.data + at_, wanted.size) != wanted) return false;
    at_ += wanted.size;
    return true;
  }

  /** Any value, with what is in it. Without recursion: the depth is the sender's choice, the stack is ours. */
  bool skipValue() {
    uint32_t isObject = 0;
    uint32_t depth = 0;
    bool wantsValue = true;
    do {
      space();
      if (wantsValue) {
        const char c = peek();
        if (c == '{' || c == '[') {
          if (depth == maxDepth) return false;
          at_++;
          isObject = isObject << 1 | (c == '{' ? 1u : 0u);
          depth++;
          space();
          if (take(c == '{' ? '}' : ']')) {
            isObject >>= 1;
            depth--;
            wantsValue = false;
          } else if (c == '{' && !skipName()) {
            return false;
          }
          continue;
        }
        if (!skipScalar(c)) return false;
        wantsValue = false;
        continue;
      }
      const bool inObject = (isObject & 1) != 0;
      if (take(',')) {
        if (inObject && !skipName()) return false;
        wantsValue = true;
      } else if (take(inObject ? '}' : ']')) {
        isObject >>= 1;
        depth--;
      } else {
        return false;
      }
    } while (depth > 0 || wantsValue);
    return true;
  }

  /** A name and its colon. */
  bool skipName() {
    space();
    if (!skipString()) return false;
    space();
    return take(':');
  }

 private:
  static constexpr uint32_t maxDepth = 16;

  bool skipScalar(char c) {
    switch (c) {
      case '"':
        return skipString();
      case 't':
        return skipWord("true");
      case 'f':
        return skipWord("false");
      case 'n':
        return skipWord("null");
      default:
        return skipNumber();
    }
  }

  bool skipDigits() {
    if (!isDigit(peek())) return false;
    while (isDigit(peek())) at_++;
    return true;
  }

  bool takeFourDigits(uint32_t& value) {
    if (text_.size - at_ < 4) return false;
    value = 0;
    for (size_t i = 0; i < 4; i++) {
      const int32_t digit = hexValue(text_.data[at_ + i]);
      if (digit < 0) return false;
      value = value << 4 | static_cast<uint32_t>(digit);
    }
    at_ += 4;
    return true;
  }

  bool takeUnicode(uint32_t& character) {
    if (!takeFourDigits(character)) return false;
    if (character < 0xd800 || character > 0xdfff) return true;
    uint32_t low = 0;
    if (character > 0xdbff || !skipWord("\\u") || !takeFourDigits(low) || low < 0xdc00 || low > 0xdfff) return false;
    character = 0x10000 + ((character - 0xd800) << 10) + (low - 0xdc00);
    return true;
  }

  /** One character of well-formed UTF-8 (RFC 3629 §4). */
  bool skipUtf8() {
    const uint8_t first = static_cast<uint8_t>(text_.data[at_]);
    size_t more = 0;
    if (first >= 0xc2 && first <= 0xdf) more = 1;
    else if (first >= 0xe0 && first <= 0xef) more = 2;
    else if (first >= 0xf0 && first <= 0xf4) more = 3;
    else if (first >= 0x80) return false;
    if (text_.size - at_ <= more) return false;
    for (size_t i = 1; i <= more; i++) {
      if ((static_cast<uint8_t>(text_.data[at_ + i]) & 0xc0) != 0x80) return false;
    }
    const uint8_t second = more > 0 ? static_cast<uint8_t>(text_.data[at_ + 1]) : 0;
    const bool isOverlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool isBeyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    if (isOverlong || isBeyond) return false;
    at_ += more + 1;
    return true;
  }

  TextView text_;
  size_t at_ = 0;
};

/** UTF-8 in `out`, 1 to 4 bytes. */
size_t encodeUtf8(uint32_t character, char* out) {
  const auto byte = [](uint32_t value) { return static_cast<char>(static_cast<uint8_t>(value)); };
  if (character < 0x80) {
    out[0] = byte(character);
    return 1;
  }
  if (character < 0x800) {
    out[0] = byte(0xc0 | character >> 6);
    out[1] = byte(0x80 | (character & 63));
    return 2;
  }
  if (character < 0x10000) {
    out[0] = byte(0xe0 | character >> 12);
    out[1] = byte(0x80 | (character >> 6 & 63));
    out[2] = byte(0x80 | (character & 63));
    return 3;
  }
  out[0] = byte(0xf0 | character >> 18);
  out[1] = byte(0x80 | (character >> 12 & 63));
  out[2] = byte(0x80 | (character >> 6 & 63));
  out[3] = byte(0x80 | (character & 63));
  return 4;
}

/** Gives the characters of a string that has been scanned, piece by piece; false at its end. */
class StringPieces {
 public:
  explicit StringPieces(TextView string) : scanner_(string) { scanner_.take('"'); }

  bool next(TextView& piece) {
    if (scanner_.isAtEnd() || scanner_.peek() == '"') return false;
    if (scanner_.peek() == '\\') {
      uint32_t character = 0;
      scanner_.takeEscape(character);
      piece = TextView(encoded_, encodeUtf8(character, encoded_));
      return true;
    }
    const size_t start = scanner_.position();
    scanner_.take(scanner_.peek());
    piece = scanner_.since(start);
    return true;
  }

 private:
  Scanner scanner_;
  char encoded_[4] = {};
};

bool isSameName(TextView string, TextView name) {
  StringPieces pieces(string);
  TextView piece;
  size_t at = 0;
  while (pieces.next(piece)) {
    if (piece.size > name.size - at || TextView(name.data + at, piece.size) != piece) return false;
    at += piece.size;
  }
  return at == name.size;
}

/** `-12.50e2` as 1250; false where it is no whole number, or beyond 2^53. */
bool readWhole(TextView number, int64_t& out) {
  const int64_t most = 9007199254740992;
  int64_t value = 0;
  int32_t exponent = 0;
  size_t at = 0;
  const bool isNegative = number.data[0] == '-';
  if (isNegative) at++;
  bool isFraction = false;
  for (; at < number.size && number.data[at] != 'e' && number.data[at] != 'E'; at++) {
    if (number.data[at] == '.') {
      isFraction = true;
      continue;
    }
    if (value > most) return false;
    value = value * 10 + (number.data[at] - '0');
    if (isFraction) exponent--;
  }
  if (at < number.size) {
    at++;
    const bool isDown = number.data[at] == '-';
    if (isDown || number.data[at] == '+') at++;
    int32_t power = 0;
    for (; at < number.size; at++) {
      power = power * 10 + (number.data[at] - '0');
      if (power > 400) return value == 0 ? (out = 0, true) : false;
    }
    exponent += isDown ? -power : power;
  }
  for (; exponent > 0 && value != 0; exponent--) {
    if (value > most) return false;
    value *= 10;
  }
  for (; exponent < 0 && value != 0; exponent++) {
    if (value % 10 != 0) return false;
    value /= 10;
  }
  if (value > most) return false;
  out = isNegative ? -value : value;
  return true;
}

}  // namespace

bool JsonObject::parse(TextView text) {
  text_ = TextView();
  Scanner scanner(text);
  scanner.space();
  const size_t start = scanner.position();
  if (scanner.peek() != '{' || !scanner.skipValue()) return false;
  const TextView object = scanner.since(start);
  scanner.space();
  if (!scanner.isAtEnd()) return false;
  text_ = object;
  return true;
}

bool JsonObject::find(const char* name, TextView& value) const {
  Scanner scanner(text_);
  if (!scanner.take('{')) return false;
  scanner.space();
  while (scanner.peek() == '"') {
    const size_t nameStart = scanner.position();
    scanner.skipString();
    const bool isIt = isSameName(scanner.since(nameStart), name);
    scanner.space();
    scanner.take(':');
    scanner.space();
    const size_t valueStart = scanner.position();
    scanner.skipValue();
    value = scanner.since(valueStart);
    if (isIt) return true;
    scanner.space();
    if (!scanner.take(',')) return false;
    scanner.space();
  }
  return false;
}

bool JsonObject::has(const char* name) const {
  TextView value;
  return find(name, value);
}

bool JsonObject::text(const char* name, char* out, size_t capacity) const {
  out[0] = '\0';
  TextView value;
  if (!find(name, value) || value.data[0] != '"') return false;
  StringPieces pieces(value);
  TextView piece;
  size_t size = 0;
  while (pieces.next(piece)) {
    if (piece.data[0] == '\0' || piece.size >= capacity - size) {
      memset(out, 0, size);
      return false;
    }
    memcpy(out + size, piece.data, piece.size);
    size += piece.size;
  }
  out[size] = '\0';
  return true;
}

bool JsonObject::number(const char* name, int64_t& out) const {
  TextView value;
  if (!find(name, value)) return false;
  const char first = value.data[0];
  return (first == '-' || isDigit(first)) && readWhole(value, out);
}

bool JsonObject::object(const char* name, JsonObject& out) const {
  TextView value;
  return find(name, value) && value.data[0] == '{' && out.parse(value);
}

}  // namespace connack
