#pragma once
#include <stddef.h>
#include <stdint.h>
// esp_hw_support/include/esp_random.h of ESP-IDF 4.4 and 5.5.
extern "C" {
uint32_t esp_random(void);
void esp_fill_random(void* buf, size_t len);
}
