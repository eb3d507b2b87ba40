#pragma once
#include "WiFiClient.h"

// libraries/WiFi/src/WiFiType.h
typedef enum {
  WL_NO_SHIELD = 255,
  WL_IDLE_STATUS = 0,
  WL_NO_SSID_AVAIL = 1,
  WL_SCAN_COMPLETED = 2,
  WL_CONNECTED = 3,
  WL_CONNECT_FAILED = 4,
  WL_CONNECTION_LOST = 5,
  WL_DISCONNECTED = 6
} wl_status_t;

// esp_wifi/include/esp_wifi_types.h of ESP-IDF
typedef enum { WIFI_MODE_NULL = 0, WIFI_MODE_STA } wifi_mode_t;
#define WIFI_STA WIFI_MODE_STA

// libraries/WiFi/src/WiFi.h, WiFiSTA.h, WiFiGeneric.h
class WiFiClass {
 public:
  bool mode(wifi_mode_t mode);
  wl_status_t begin(const char* ssid, const char* passphrase);
  wl_status_t status();
  int8_t RSSI();
};
extern WiFiClass WiFi;
