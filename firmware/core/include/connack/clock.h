#pragma once
#include <stdint.h>

namespace connack {

/** PORT. */
class Clock {
 public:
  /** Milliseconds since some moment, never set, wraps after 49.7 days: `millis()`. */
  virtual uint32_t monotonicMs() = 0;
  /** Unix seconds by the clock that SNTP sets; anything before it did. */
  virtual int64_t wallSeconds() = 0;
  /** SNTP has set the clock. May be true once and false again when it is asked next, as ESP-IDF's is: it is latched. */
  virtual bool isSynchronised() = 0;

 protected:
  ~Clock() = default;
};

/** A moment of the monotonic clock less than 24.8 days away. */
class Deadline {
 public:
  static Deadline in(uint32_t nowMs, uint32_t ms) { return Deadline(nowMs + ms); }
  /** Right also when the clock has wrapped between. */
  bool isOver(uint32_t nowMs) const { return static_cast<int32_t>(nowMs - atMs_) >= 0; }
  /** Milliseconds until it is over; 0 afterwards. */
  uint32_t left(uint32_t nowMs) const { return isOver(nowMs) ? 0 : atMs_ - nowMs; }

  Deadline() = default;

 private:
  explicit Deadline(uint32_t atMs) : atMs_(atMs) {}
  uint32_t atMs_ = 0;
};

/** Says when the wall clock may be believed: SNTP has finished once, and it is not before this program was built. */
class ClockGuard {
 public:
  /** @param notBefore Unix seconds when the program was built */
  ClockGuard(Clock& clock, int64_t notBefore) : clock_(clock), notBefore_(notBefore) {}
  /** Looks; call it in each turn. */
  void poll();
  bool isSynchronised() const { return isSynchronised_; }
  /** A token may be made now. */
  bool isTrusted();
  /** Unix seconds, or 0 while the clock is not trusted. */
  int64_t now();

 private:
  Clock& clock_;
  int64_t notBefore_;
  bool isSynchronised_ = false;
};

}  // namespace connack
