#pragma once
#include <Arduino.h>
#include <WiFi.h>
#include <esp_random.h>

#include "connack/board.h"
#include "connack/random.h"

namespace connack {

class ArduinoBoard final : public Board {
 public:
  bool isNetworkUp() override { return WiFi.status() == WL_CONNECTED; }
  int32_t rssi() override { return isNetworkUp() ? WiFi.RSSI() : 0; }
  uint32_t freeHeap() override { return ESP.getFreeHeap(); }
};

class ArduinoRandom final : public Random {
 public:
  uint32_t next() override { return esp_random(); }
};

}  // namespace connack
