#pragma once
#include <Arduino.h>
#include <esp_sntp.h>
#include <time.h>

#include "connack/clock.h"

namespace connack {

class ArduinoClock final : public Clock {
 public:
  uint32_t monotonicMs() override { return static_cast<uint32_t>(millis()); }
  int64_t wallSeconds() override { return static_cast<int64_t>(time(nullptr)); }
  /** ESP-IDF says it once and forgets: whoever asks has to remember. */
  bool isSynchronised() override { return sntp_get_sync_status() == SNTP_SYNC_STATUS_COMPLETED; }
};

}  // namespace connack
