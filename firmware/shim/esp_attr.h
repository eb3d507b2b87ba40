#pragma once
// esp_common/include/esp_attr.h of ESP-IDF 4.4 and 5.5: not cleared at start. Here the program's end clears it.
#define RTC_NOINIT_ATTR
