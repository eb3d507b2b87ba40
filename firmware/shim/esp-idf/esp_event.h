#pragma once
#include <stdint.h>

#include "esp_err.h"
// components/esp_event/include/esp_event.h, esp_event_base.h
typedef const char* esp_event_base_t;
typedef void (*esp_event_handler_t)(void* event_handler_arg, esp_event_base_t event_base, int32_t event_id, void* event_data);
extern "C" esp_err_t esp_event_loop_create_default(void);
