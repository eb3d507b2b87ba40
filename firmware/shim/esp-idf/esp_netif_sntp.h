#pragma once
#include "esp_err.h"
// components/esp_netif/include/esp_netif_sntp.h
typedef struct esp_sntp_config {
  const char* server;
} esp_sntp_config_t;
#define ESP_NETIF_SNTP_DEFAULT_CONFIG(server) {server}
extern "C" esp_err_t esp_netif_sntp_init(const esp_sntp_config_t* config);
