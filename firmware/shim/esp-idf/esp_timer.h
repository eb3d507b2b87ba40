#pragma once
#include <stdint.h>
// components/esp_timer/include/esp_timer.h: microseconds since the start.
extern "C" int64_t esp_timer_get_time(void);
