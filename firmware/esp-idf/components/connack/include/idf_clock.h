#pragma once
#include <esp_sntp.h>
#include <esp_timer.h>
#include <time.h>

#include "connack/clock.h"

namespace connack {

class IdfClock final : public Clock {
 public:
  uint32_t monotonicMs() override { return static_cast<uint32_t>(esp_timer_get_time() / 1000); }
  int64_t wallSeconds() override { return static_cast<int64_t>(time(nullptr)); }
  /** ESP-IDF says it once and forgets: whoever asks has to remember. */
  bool isSynchronised() override { return sntp_get_sync_status() == SNTP_SYNC_STATUS_COMPLETED; }
};

}  // namespace connack
