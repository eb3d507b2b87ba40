#include "connack/refresh_schedule.h"

namespace connack {

namespace {

/** Whoever hands out credentials that last shorter than this makes the device connect all the time. */
const int64_t leastMs = 1000;
/** Where a credential has no time left by this clock, and a broker takes it, the clock is wrong. */
const int64_t leastMsInDoubt = 10000;
const int64_t mostEveryMs = 604800000;

int64_t lesser(int64_t a, int64_t b) { return a < b ? a : b; }
int64_t greater(int64_t a, int64_t b) { return a > b ? a : b; }

}  // namespace

RefreshTime refreshTime(int64_t expiresAt, int64_t nowSeconds, const RefreshOptions& options, uint32_t random) {
  if (expiresAt == 0) return {true, 0, 0};
  const int64_t everyMs = greater(leastMs, lesser(mostEveryMs, static_cast<int64_t>(options.everySeconds) * 1000));
  const int64_t marginMs = static_cast<int64_t>(options.marginSeconds) * 1000;
  const int64_t left = expiresAt - nowSeconds;
  const bool isInDoubt = left <= 0;
  // More than this is never waited for, and its product with 1000 has room.
  const int64_t leftMs = lesser(left, 4000000000) * 1000;
  const int64_t latestMs = isInDoubt ? greater(leastMsInDoubt, lesser(everyMs, marginMs)) : leftMs - lesser(marginMs, leftMs / 2);
  const int64_t baseMs = isInDoubt ? latestMs : lesser(everyMs, latestMs);
  const int64_t soonerMs = static_cast<int64_t>((static_cast<uint64_t>(baseMs) * random >> 32) / 10);
  const int64_t inMs = lesser(mostEveryMs, greater(leastMs, baseMs - soonerMs));
  return {false, static_cast<uint32_t>(inMs), isInDoubt ? 0 : nowSeconds + latestMs / 1000};
}

}  // namespace connack
