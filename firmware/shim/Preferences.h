#pragma once
#include "Arduino.h"

// libraries/Preferences/src/Preferences.h
class Preferences {
 public:
  /** False where the name space is not there and must not be made. */
  bool begin(const char* name, bool readOnly = false, const char* partition_label = nullptr);
  void end();
  size_t putBytes(const char* key, const void* value, size_t len);
  size_t getBytesLength(const char* key);
  size_t getBytes(const char* key, void* buf, size_t maxLen);

 private:
  bool isOpen_ = false;
  bool isReadOnly_ = true;
};
