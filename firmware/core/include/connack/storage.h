#pragma once
#include "connack/text_view.h"

namespace connack {

/** PORT. Small texts that outlive a reset: NVS, a file. Names have at most 15 characters. */
class Storage {
 public:
  /** Bytes of the value, or -1 where there is none or it does not fit. Writes no zero at the end. */
  virtual int32_t load(const char* name, char* value, size_t capacity) = 0;
  virtual bool save(const char* name, TextView value) = 0;

 protected:
  ~Storage() = default;
};

}  // namespace connack
