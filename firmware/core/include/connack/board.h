#pragma once
#include <stdint.h>

namespace connack {

/** PORT. What the device says about the machine it runs on. */
class Board {
 public:
  /** Wi-Fi or Ethernet is up and has an address. */
  virtual bool isNetworkUp() = 0;
  /** dBm, or 0 where there is no radio. */
  virtual int32_t rssi() = 0;
  /** Bytes of heap that are free, or 0 where nobody knows. */
  virtual uint32_t freeHeap() = 0;

 protected:
  ~Board() = default;
};

}  // namespace connack
