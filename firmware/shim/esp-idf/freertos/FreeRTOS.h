#pragma once
#include <stdint.h>
// components/freertos: FreeRTOS.h, portmacro.h
typedef uint32_t TickType_t;
#define pdMS_TO_TICKS(ms) ((TickType_t)(ms))
