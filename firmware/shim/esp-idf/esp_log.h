#pragma once
#include <stdio.h>
// components/log/include/esp_log.h
#define ESP_LOGI(tag, format, ...) printf("%s " format "\n", tag, ##__VA_ARGS__)
#define ESP_LOGE(tag, format, ...) printf("%s " format "\n", tag, ##__VA_ARGS__)
