#include "connack/http_answer_reader.h"

#include <string.h>

namespace connack {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool isDigit(char c) { return c >= '0' && c <= '9'; }

int digitOf(char c) {
  if (isDigit(c)) return c - '0';
  const char small = lower(c);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

/** The whole text, but for the space after it, in lower case. */
bool isWord(const char* text, const char* word) {
  while (*word != '\0' && lower(*text) == *word) text++, word++;
  while (*text == ' ' || *text == '\t') text++;
  return *word == '\0' && *text == '\0';
}

/** Digits of a base at the start of the text, and where they end; false for none, or more than 2^28. */
bool readDigits(const char*& text, uint32_t base, uint32_t& out) {
  uint32_t number = 0;
  const char* at = text;
  for (int digit = digitOf(*at); digit >= 0 && static_cast<uint32_t>(digit) < base; digit = digitOf(*++at)) {
    number = number * base + static_cast<uint32_t>(digit);
    if (number > (1u << 28)) return false;
  }
  const bool isNumber = at != text;
  text = at;
  out = number;
  return isNumber;
}

}  // namespace

void HttpAnswerReader::begin(char* body, size_t capacity) {
  part_ = Part::statusLine;
  isChunked_ = false;
  isLineCut_ = false;
  body_ = body;
  capacity_ = capacity;
  bodySize_ = 0;
  status_ = 0;
  left_ = noLength;
  headSize_ = 0;
  lineLength_ = 0;
}

HttpRead HttpAnswerReader::take(const uint8_t* bytes, size_t size) {
  while (size > 0 && part_ != Part::done && part_ != Part::malformed) {
    if (part_ == Part::sized || part_ == Part::chunk || part_ == Part::toTheEnd) {
      part_ = takeBody(bytes, size);
    } else {
      part_ = takeLineByte(static_cast<char>(*bytes));
      bytes++;
      size--;
    }
  }
  if (part_ == Part::malformed) return HttpRead::malformed;
  return part_ == Part::done ? HttpRead::done : HttpRead::needMore;
}

HttpRead HttpAnswerReader::end() {
  // Without a length, the end of the connection is the end of the body; anywhere else it came too early.
  part_ = part_ == Part::toTheEnd || part_ == Part::done ? Part::done : Part::malformed;
  return part_ == Part::done ? HttpRead::done : HttpRead::malformed;
}

HttpAnswerReader::Part HttpAnswerReader::takeLineByte(char byte) {
  if (++headSize_ > mostHead || byte == '\0') return Part::malformed;
  if (byte != '\n') {
    if (lineLength_ + 1 < lineSize) line_[lineLength_++] = byte;
    else isLineCut_ = true;
    return part_;
  }
  if (lineLength_ > 0 && !isLineCut_ && line_[lineLength_ - 1] == '\r') lineLength_--;
  line_[lineLength_] = '\0';
  const Part next = readLine();
  lineLength_ = 0;
  isLineCut_ = false;
  return next;
}

HttpAnswerReader::Part HttpAnswerReader::readLine() {
  const bool isEmpty = lineLength_ == 0;
  if (part_ == Part::statusLine) return readStatusLine();
  if (part_ == Part::header) return isEmpty ? readHeaderEnd() : readHeader();
  if (part_ == Part::chunkSize) return readChunkSize();
  if (part_ == Part::chunkEnd) return isEmpty ? Part::chunkSize : Part::malformed;
  return isEmpty ? Part::done : Part::trailer;
}

HttpAnswerReader::Part HttpAnswerReader::takeBody(const uint8_t*& bytes, size_t& size) {
  const size_t taken = part_ != Part::toTheEnd && left_ < size ? left_ : size;
  keep(bytes, taken);
  bytes += taken;
  size -= taken;
  if (bodySize_ > capacity_) return Part::done;
  if (part_ == Part::toTheEnd) return part_;
  left_ -= static_cast<uint32_t>(taken);
  if (left_ > 0) return part_;
  return part_ == Part::sized ? Part::done : Part::chunkEnd;
}

void HttpAnswerReader::keep(const uint8_t* bytes, size_t size) {
  const size_t room = capacity_ - bodySize_;
  memcpy(body_ + bodySize_, bytes, size < room ? size : room);
  bodySize_ += size;
}

HttpAnswerReader::Part HttpAnswerReader::readStatusLine() {
  // `HTTP/1.1 200 OK` or `HTTP/1.0 …`; the reason may be cut.
  const bool isHttp = strncmp(line_, "HTTP/1.", 7) == 0 && (line_[7] == '0' || line_[7] == '1') && line_[8] == ' ';
  if (!isHttp || !isDigit(line_[9]) || !isDigit(line_[10]) || !isDigit(line_[11])) return Part::malformed;
  if (line_[12] != ' ' && line_[12] != '\0') return Part::malformed;
  status_ = (line_[9] - '0') * 100 + (line_[10] - '0') * 10 + (line_[11] - '0');
  return status_ >= 100 && status_ <= 599 ? Part::header : Part::malformed;
}

const char* HttpAnswerReader::valueOf(const char* name) const {
  const char* at = line_;
  while (*name != '\0' && lower(*at) == *name) at++, name++;
  if (*name != '\0' || *at != ':') return nullptr;
  at++;
  while (*at == ' ' || *at == '\t') at++;
  return at;
}

HttpAnswerReader::Part HttpAnswerReader::readHeader() {
  // A line that continues the one before (RFC 9112 §5.2) could hide a second length.
  if (line_[0] == ' ' || line_[0] == '\t') return Part::malformed;
  const char* length = valueOf("content-length");
  const char* coding = valueOf("transfer-encoding");
  if ((length != nullptr || coding != nullptr) && isLineCut_) return Part::malformed;
  if (coding != nullptr) {
    if (isChunked_ || !isWord(coding, "chunked")) return Part::malformed;
    isChunked_ = true;
  }
  if (length != nullptr) {
    uint32_t number = 0;
    if (left_ != noLength || !readDigits(length, 10, number) || !isWord(length, "")) return Part::malformed;
    left_ = number;
  }
  return Part::header;
}

HttpAnswerReader::Part HttpAnswerReader::readHeaderEnd() {
  if (status_ < 200) {
    // 100 and 103 are followed by the answer itself.
    if (isChunked_ || left_ != noLength || status_ == 101) return Part::malformed;
    return Part::statusLine;
  }
  if (status_ == 204 || status_ == 304) return Part::done;
  // Both: somebody between here and there may read it in another way (RFC 9112 §6.1).
  if (isChunked_) return left_ == noLength ? Part::chunkSize : Part::malformed;
  if (left_ == noLength) return Part::toTheEnd;
  if (left_ > capacity_) {
    bodySize_ = left_;
    return Part::done;
  }
  return left_ == 0 ? Part::done : Part::sized;
}

HttpAnswerReader::Part HttpAnswerReader::readChunkSize() {
  const char* at = line_;
  uint32_t size = 0;
  if (!readDigits(at, 16, size)) return Part::malformed;
  while (*at == ' ' || *at == '\t') at++;
  if (*at != '\0' && *at != ';') return Part::malformed;
  left_ = size;
  return size == 0 ? Part::trailer : Part::chunk;
}

}  // namespace connack
