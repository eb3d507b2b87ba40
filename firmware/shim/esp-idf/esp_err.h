#pragma once
// components/esp_common/include/esp_err.h
typedef int esp_err_t;
#define ESP_OK 0
#define ESP_FAIL -1
extern "C" void _esp_error_check_failed(esp_err_t rc);
#define ESP_ERROR_CHECK(x)                       \
  do {                                           \
    const esp_err_t rc_ = (x);                   \
    if (rc_ != ESP_OK) _esp_error_check_failed(rc_); \
  } while (0)
