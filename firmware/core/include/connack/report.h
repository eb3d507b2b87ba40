#pragma once
#include "connack/text_writer.h"

namespace connack {

/** What a report says besides its first words. No secret is in it. */
struct ReportFacts {
  bool isNetworkUp = false;
  int32_t rssi = 0;
  uint32_t freeHeap = 0;
  /** By the wall clock, whether it is right or not. */
  int64_t wallSeconds = 0;
  bool isTimeTrusted = false;
  /** Seconds until the credentials expire; only where `hasExpiry`. */
  int64_t expiresIn = 0;
  bool hasExpiry = false;
  size_t queued = 0;
  uint32_t dropped = 0;
  uint32_t attempt = 0;
  uint32_t nextTryMs = 0;
};

/**
 * ` wifi=up rssi=-61 heap=212345 time=2026-11-22T10:00:00Z synced token_exp_in=3540 queued=3 attempt=2 next_try=7s`, for the
 * end of a line such as `MQTT refused: 4 (bad user name or password)`.
 */
void writeReportFacts(TextWriter& out, const ReportFacts& facts);

}  // namespace connack
