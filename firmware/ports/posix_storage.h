#pragma once
#include "connack/storage.h"

namespace connack {

/** A file for each value, for its owner alone, in a folder that is there. What was saved is whole, or is the old value. */
class PosixStorage final : public Storage {
 public:
  /** The text has to stay. */
  explicit PosixStorage(const char* folder) : folder_(folder) {}
  int32_t load(const char* name, char* value, size_t capacity) override;
  bool save(const char* name, TextView value) override;

 private:
  const char* folder_;
};

}  // namespace connack
