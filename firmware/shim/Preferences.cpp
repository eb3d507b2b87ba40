#include "Preferences.h"

#include "posix_storage.h"
#include "trial.h"

/** A file for each key, in the folder of the trial. */

namespace {

/** The largest that is kept, a key of 32 bytes, with room. */
const size_t largest = 512;

}  // namespace

bool Preferences::begin(const char*, bool readOnly, const char*) {
  isOpen_ = trial.storage != nullptr;
  isReadOnly_ = readOnly;
  return isOpen_;
}

void Preferences::end() { isOpen_ = false; }

size_t Preferences::putBytes(const char* key, const void* value, size_t len) {
  if (!isOpen_ || isReadOnly_) return 0;
  connack::PosixStorage storage(trial.storage);
  return storage.save(key, connack::TextView(static_cast<const char*>(value), len)) ? len : 0;
}

size_t Preferences::getBytesLength(const char* key) {
  char bytes[largest];
  return getBytes(key, bytes, sizeof(bytes));
}

size_t Preferences::getBytes(const char* key, void* buf, size_t maxLen) {
  if (!isOpen_) return 0;
  connack::PosixStorage storage(trial.storage);
  const int32_t size = storage.load(key, static_cast<char*>(buf), maxLen);
  return size < 0 ? 0 : static_cast<size_t>(size);
}
