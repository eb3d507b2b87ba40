#pragma once
#include <stdint.h>

namespace connack {

struct BackoffOptions {
  uint32_t leastMs = 1000;
  uint32_t mostMs = 60000;
};

/**
 * Milliseconds to wait before the next attempt: at random between the least and a ceiling that doubles with each failure
 * (exponential, full jitter); after a refusal (`slower`) it has doubled once more.
 * @param failures attempts in a row that failed, at least 1
 * @param random any 32 bits
 */
uint32_t reconnectIn(uint32_t failures, bool slower, const BackoffOptions& options, uint32_t random);

}  // namespace connack
