#pragma once
// lwip/include/apps/esp_sntp.h of ESP-IDF 4.4 and 5.5.
typedef enum {
  SNTP_SYNC_STATUS_RESET,
  SNTP_SYNC_STATUS_COMPLETED,
  SNTP_SYNC_STATUS_IN_PROGRESS,
} sntp_sync_status_t;
/** Completed is said once: asking resets it. */
extern "C" sntp_sync_status_t sntp_get_sync_status(void);
