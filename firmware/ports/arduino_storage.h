#pragma once
#include <Preferences.h>

#include "connack/storage.h"

namespace connack {

/** NVS by `Preferences`, in the name space `connack`. Readable by whoever has the board, unless flash encryption is on. */
class ArduinoStorage final : public Storage {
 public:
  int32_t load(const char* name, char* value, size_t capacity) override {
    Preferences preferences;
    // There is no name space before the first save.
    if (!preferences.begin("connack", true)) return -1;
    const size_t size = preferences.getBytesLength(name);
    const bool isRead = size > 0 && size <= capacity && preferences.getBytes(name, value, capacity) == size;
    preferences.end();
    return isRead ? static_cast<int32_t>(size) : -1;
  }

  bool save(const char* name, TextView value) override {
    Preferences preferences;
    if (!preferences.begin("connack", false)) return false;
    const bool isSaved = preferences.putBytes(name, value.data, value.size) == value.size;
    preferences.end();
    return isSaved;
  }
};

}  // namespace connack
