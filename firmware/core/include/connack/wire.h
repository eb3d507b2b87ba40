#pragma once
#include <stddef.h>
#include <stdint.h>

namespace connack {

enum class WireState : uint8_t { closed, opening, open };

/** PORT. One TCP or TLS connection at a time. No call may block for longer than the watchdog allows. */
class Wire {
 public:
  /** Starts to connect; false where that is impossible at once. A port that can only block does so here. */
  virtual bool open(const char* host, uint16_t port) = 0;
  /** `closed` after `opening`: it could not be opened. `closed` after `open`: the other side is gone and all bytes are read. */
  virtual WireState state() = 0;
  /** Bytes taken, 0 to `size`; 0 when none can be taken now, negative when the connection is lost. */
  virtual int32_t write(const uint8_t* bytes, size_t size) = 0;
  /** Bytes read, 0 to `size`; 0 when there are none now, negative when the connection is lost and all bytes are read. */
  virtual int32_t read(uint8_t* bytes, size_t size) = 0;
  /** At once, also while it opens. What was written is still sent if the platform can do so without waiting. */
  virtual void close() = 0;
  /** Number of the last error as the platform knows it (errno, mbedTLS, lwIP); 0 where there is none. For the report. */
  virtual int32_t lastError() { return 0; }

 protected:
  ~Wire() = default;
};

}  // namespace connack
