#pragma once
#include "esp_err.h"
// components/esp_netif/include/esp_netif.h
extern "C" esp_err_t esp_netif_init(void);
