#pragma once
#include <sys/random.h>

#include "connack/board.h"
#include "connack/random.h"

namespace connack {

/** A machine with a network of its own: the wire says when it fails. */
class PosixBoard final : public Board {
 public:
  bool isNetworkUp() override { return true; }
  int32_t rssi() override { return 0; }
  uint32_t freeHeap() override { return 0; }
};

class PosixRandom final : public Random {
 public:
  uint32_t next() override {
    uint32_t value = 0;
    // So few bytes come at once and whole (getrandom(2)).
    return getrandom(&value, sizeof(value), 0) == sizeof(value) ? value : 0;
  }
};

}  // namespace connack
