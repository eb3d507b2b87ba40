#include "connack/backoff.h"

namespace connack {

uint32_t reconnectIn(uint32_t failures, bool slower, const BackoffOptions& options, uint32_t random) {
  const uint32_t wanted = failures > 30 ? 30 : failures + (slower ? 1 : 0);
  const uint32_t doublings = wanted > 30 ? 30 : wanted;
  const uint64_t doubled = static_cast<uint64_t>(options.leastMs) << doublings;
  const uint64_t most = doubled < options.mostMs ? doubled : options.mostMs;
  const uint64_t ceiling = most > options.leastMs ? most : options.leastMs;
  return options.leastMs + static_cast<uint32_t>((ceiling - options.leastMs) * random >> 32);
}

}  // namespace connack
