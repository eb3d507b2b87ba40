#pragma once
#include <stddef.h>
#include <stdint.h>

namespace connack {

enum class HttpRead : uint8_t { needMore, done, malformed };

/**
 * Takes the answer of an HTTP/1.1 server (RFC 9112) in pieces of any size: status, and body by `Content-Length`, in chunks, or
 * until the end of the connection. Header lines are looked at in 64 bytes; what comes before the body is at most 8 kB.
 */
class HttpAnswerReader {
 public:
  /** The body is put there. It has to stay. */
  void begin(char* body, size_t capacity);
  /** `done` also as soon as the body is known not to fit: `bodySize` is then more than the capacity. */
  HttpRead take(const uint8_t* bytes, size_t size);
  /** The connection has ended. */
  HttpRead end();
  /** 100 to 599, once it is done. */
  int32_t status() const { return status_; }
  size_t bodySize() const { return bodySize_; }

 private:
  enum class Part : uint8_t { statusLine, header, sized, toTheEnd, chunkSize, chunk, chunkEnd, trailer, done, malformed };
  static constexpr size_t lineSize = 64;
  static constexpr uint32_t mostHead = 8192;
  static constexpr uint32_t noLength = UINT32_MAX;

  Part takeLineByte(char byte);
  Part takeBody(const uint8_t*& bytes, size_t& size);
  void keep(const uint8_t* bytes, size_t size);
  Part readLine();
  Part readStatusLine();
  Part readHeader();
  Part readHeaderEnd();
  Part readChunkSize();
  /** The value where the line is that header, or null. */
  const char* valueOf(const char* name) const;

  Part part_ = Part::malformed;
  bool isChunked_ = false;
  bool isLineCut_ = false;
  char* body_ = nullptr;
  size_t capacity_ = 0;
  size_t bodySize_ = 0;
  int32_t status_ = 0;
  /** Of the body or the chunk; `noLength` where nobody said. */
  uint32_t left_ = noLength;
  uint32_t headSize_ = 0;
  size_t lineLength_ = 0;
  char line_[lineSize] = {};
};

}  // namespace connack
