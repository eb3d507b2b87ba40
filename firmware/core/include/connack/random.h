#pragma once
#include <stdint.h>

namespace connack {

/** PORT. `esp_random()` with the radio on. Used for waiting times, and for nothing secret. */
class Random {
 public:
  /** All 2^32 values are equally likely. */
  virtual uint32_t next() = 0;

 protected:
  ~Random() = default;
};

}  // namespace connack
