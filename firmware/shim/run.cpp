#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "Arduino.h"
#include "WiFi.h"
#include "esp_random.h"
#include "esp_sntp.h"
#include "trial.h"

/** Runs a sketch on this machine: `setup` once, `loop` until the trial ends. */

Trial trial;
EspClass ESP;
HardwareSerial Serial;
WiFiClass WiFi;

namespace {

bool isTimeWanted = false;
bool isSyncTold = false;
bool isRadioOn = false;

uint64_t nowMs() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000u + static_cast<uint64_t>(now.tv_nsec) / 1000000u;
}

const uint64_t startMs = nowMs();

bool isTimeSet() { return isTimeWanted && trialMs() >= trial.sntpAfterMs; }

uint32_t number(const char* name) {
  const char* text = getenv(name);
  return text == nullptr ? 0 : static_cast<uint32_t>(strtoul(text, nullptr, 10));
}

}  // namespace

void Trial::read() {
  runMs = number("CONNACK_SHIM_RUN_MS");
  sntpAfterMs = number("CONNACK_SHIM_SNTP_AFTER_MS");
  dropAtMs = number("CONNACK_SHIM_WIFI_DROP_AT_MS");
  dropForMs = number("CONNACK_SHIM_WIFI_DROP_FOR_MS");
  millisStart = number("CONNACK_SHIM_MILLIS_START");
  const char* mac = getenv("CONNACK_SHIM_MAC");
  const uint64_t written = strtoull(mac == nullptr ? "0200008EA40C" : mac, nullptr, 16);
  for (int byte = 0; byte < 6; byte++) efuseMac |= ((written >> (8 * (5 - byte))) & 0xff) << (8 * byte);
  storage = getenv("CONNACK_SHIM_STORAGE");
}

uint64_t trialMs() { return nowMs() - startMs; }

bool isRadioOff() {
  const uint64_t now = trialMs();
  return !isRadioOn || (trial.dropForMs > 0 && now >= trial.dropAtMs && now < trial.dropAtMs + trial.dropForMs);
}

uint32_t networkEpoch() { return trial.dropForMs > 0 && trialMs() >= trial.dropAtMs ? 1 : 0; }

extern "C" {

// 32 bits on the chip.
unsigned long millis() { return static_cast<uint32_t>(trialMs() + trial.millisStart); }

void delay(uint32_t ms) { usleep(ms * 1000); }

float temperatureRead() { return 36.5f + static_cast<float>(trialMs() / 1000 % 10) / 10; }

void configTime(long, int, const char*, const char*, const char*) { isTimeWanted = true; }

uint32_t esp_random(void) {
  uint32_t value = 0;
  esp_fill_random(&value, sizeof(value));
  return value;
}

void esp_fill_random(void* buf, size_t len) {
  if (getrandom(buf, len, 0) != static_cast<ssize_t>(len)) abort();
}

sntp_sync_status_t sntp_get_sync_status(void) {
  if (!isTimeSet() || isSyncTold) return SNTP_SYNC_STATUS_RESET;
  isSyncTold = true;
  return SNTP_SYNC_STATUS_COMPLETED;
}

/** Linked in place of time(): a board begins in 1970. */
time_t __real_time(time_t* out);
time_t __wrap_time(time_t* out) {
  if (isTimeSet()) return __real_time(out);
  const time_t sinceStart = static_cast<time_t>(trialMs() / 1000);
  if (out != nullptr) *out = sinceStart;
  return sinceStart;
}

}  // extern "C"

uint32_t EspClass::getFreeHeap() { return 212345; }
uint64_t EspClass::getEfuseMac() { return trial.efuseMac; }

void HardwareSerial::begin(unsigned long) { setvbuf(stdout, nullptr, _IOLBF, 0); }
size_t HardwareSerial::print(const char* text) { return fwrite(text, 1, strlen(text), stdout); }
size_t HardwareSerial::println(const char* text) { return print(text) + print("\r\n"); }

bool WiFiClass::mode(wifi_mode_t) { return true; }
wl_status_t WiFiClass::begin(const char*, const char*) {
  isRadioOn = true;
  return status();
}
wl_status_t WiFiClass::status() { return isRadioOff() ? WL_DISCONNECTED : WL_CONNECTED; }
int8_t WiFiClass::RSSI() { return -61; }

int main() {
  trial.read();
  setup();
  while (trial.runMs == 0 || trialMs() < trial.runMs) loop();
}
