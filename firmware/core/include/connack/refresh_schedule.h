#pragma once
#include <stdint.h>

namespace connack {

struct RefreshOptions {
  /** Credentials that expire are renewed after so many seconds at the latest; at most 604800. */
  uint32_t everySeconds = 1800;
  /** And so many seconds before they expire. */
  uint32_t marginSeconds = 60;
};

/** When to connect with new credentials. */
struct RefreshTime {
  bool isNever;
  /** Milliseconds from now, by the monotonic clock. */
  uint32_t inMs;
  /** Unix seconds, the latest: the wall clock may be set meanwhile. 0 where it cannot be right. */
  int64_t latestAt;
};

/**
 * min(every, expiresAt - now - margin), less up to a tenth at random, so that devices which started together do not come
 * back together. Credentials that last shorter than twice the margin are renewed at half their life.
 * @param expiresAt Unix seconds; 0: never
 * @param random any 32 bits
 */
RefreshTime refreshTime(int64_t expiresAt, int64_t nowSeconds, const RefreshOptions& options, uint32_t random);

}  // namespace connack
