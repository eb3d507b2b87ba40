#pragma once
#include <stdint.h>

/** What goes wrong, and when: environment variables of the program. Times are milliseconds from its start. */
struct Trial {
  /** CONNACK_SHIM_RUN_MS: it ends then; 0: never. */
  uint32_t runMs = 0;
  /** CONNACK_SHIM_SNTP_AFTER_MS: the clock is of 1970 until then. */
  uint32_t sntpAfterMs = 0;
  /** CONNACK_SHIM_WIFI_DROP_AT_MS, _FOR_MS: no radio, and the broker is not told. */
  uint32_t dropAtMs = 0;
  uint32_t dropForMs = 0;
  /** CONNACK_SHIM_MILLIS_START: what millis() begins with. 4294964296 wraps after 3 s. */
  uint32_t millisStart = 0;
  /** CONNACK_SHIM_MAC: 12 hexadecimal digits. */
  uint64_t efuseMac = 0;
  /** CONNACK_SHIM_STORAGE: a folder for what is kept; none: nothing is. */
  const char* storage = nullptr;

  void read();
};

extern Trial trial;

/** Milliseconds since the start, which never wrap. */
uint64_t trialMs();
bool isRadioOff();
/** Counts the drops: sockets from before are dead. */
uint32_t networkEpoch();
