#pragma once
#include <time.h>

#include "connack/clock.h"

namespace connack {

/** The clocks of a Unix machine. Whoever runs it has set the wall clock; `offsetSeconds` makes it wrong, for trials. */
class PosixClock final : public Clock {
 public:
  explicit PosixClock(int64_t offsetSeconds = 0) : offsetSeconds_(offsetSeconds) {}
  uint32_t monotonicMs() override {
    timespec now = {};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint32_t>(static_cast<uint64_t>(now.tv_sec) * 1000u + static_cast<uint64_t>(now.tv_nsec) / 1000000u);
  }
  int64_t wallSeconds() override { return static_cast<int64_t>(time(nullptr)) + offsetSeconds_; }
  bool isSynchronised() override { return true; }

 private:
  int64_t offsetSeconds_;
};

}  // namespace connack
