#pragma once
#include "esp_err.h"
// components/nvs_flash/include/nvs_flash.h
extern "C" esp_err_t nvs_flash_init(void);
