#pragma once
#include "connack/text_writer.h"

namespace connack {

enum class FailureKind : uint8_t { none, refused, unreachable, noAnswer, lost, protocol, noCredentials, takenOver };

const char* failureName(FailureKind kind);

struct Failure {
  /** Unix seconds, or 0 where the clock was not set. */
  uint32_t at = 0;
  /** Milliseconds since the program started. */
  uint32_t uptimeMs = 0;
  FailureKind kind = FailureKind::none;
  /** CONNACK code of a refusal. */
  uint8_t code = 0;
  /** Which attempt in a row it was; stays at 65535. */
  uint16_t attempt = 0;
};

/**
 * The last eight failures, with a checksum: in memory that outlives a reset (`RTC_NOINIT_ATTR`) it holds anything at first.
 * It has no constructor, so that such memory is left as it is: call `restore` once at start.
 */
struct FailureLog {
  static constexpr uint8_t capacity = 8;

  /** Keeps what is there when its checksum is right; starts empty otherwise. */
  void restore();
  void add(const Failure& failure);
  /** The oldest first. */
  Failure at(uint8_t index) const;
  uint8_t size() const { return size_; }
  /** All failures since it was empty, also those it has no room for. */
  uint32_t total() const { return total_; }
  /** Drops the oldest ones. */
  void forget(uint8_t count);
  /** `[{"at":…,"uptime_ms":…,"kind":"refused","code":4,"attempt":2},…]` */
  void writeJson(TextWriter& out) const;

  // No constructor; nobody else's business all the same.
  struct Entry {
    uint32_t at;
    uint32_t uptimeMs;
    uint16_t attempt;
    uint8_t kind;
    uint8_t code;
  };
  uint32_t magic_;
  uint32_t total_;
  uint8_t first_;
  uint8_t size_;
  uint16_t reserved_;
  Entry entries_[capacity];
  uint32_t checksum_;

 private:
  uint32_t checksum() const;
};

}  // namespace connack
