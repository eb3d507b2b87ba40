#pragma once
#include "FreeRTOS.h"
// components/freertos: task.h
extern "C" void vTaskDelay(const TickType_t xTicksToDelay);
