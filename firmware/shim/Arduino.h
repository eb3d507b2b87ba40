#pragma once
/**
 * What the adapter uses of the Arduino core for the ESP32, to be run on this machine. Declarations as in the headers named
 * here, version 3.3.11 (2.0.17 has the same ones); nothing else of the core is there.
 */
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

// cores/esp32/esp32-hal.h
extern "C" {
unsigned long millis();
void delay(uint32_t ms);
float temperatureRead();
// esp32-hal-time.c, declared in Arduino.h
void configTime(long gmtOffset_sec, int daylightOffset_sec, const char* server1, const char* server2 = nullptr,
                const char* server3 = nullptr);
}

// cores/esp32/Esp.h
class EspClass {
 public:
  uint32_t getFreeHeap();
  /** The MAC, its first byte in the lowest one. */
  uint64_t getEfuseMac();
};
extern EspClass ESP;

// cores/esp32/HardwareSerial.h, Print.h
class HardwareSerial {
 public:
  void begin(unsigned long baud);
  size_t print(const char* text);
  size_t println(const char* text);
};
extern HardwareSerial Serial;

// The sketch.
void setup();
void loop();
