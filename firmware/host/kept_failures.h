#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "connack/failure_log.h"

namespace connack {

/** The log of failures in a file, as the chip has it in memory that a reset leaves alone; also when the process is killed. */
class KeptFailures {
 public:
  KeptFailures() = default;
  KeptFailures(const KeptFailures&) = delete;
  KeptFailures& operator=(const KeptFailures&) = delete;
  ~KeptFailures() {
    if (log_ != nullptr) munmap(log_, sizeof(FailureLog));
  }

  bool open(const char* path) {
    const int file = ::open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return false;
    void* memory = MAP_FAILED;
    if (ftruncate(file, sizeof(FailureLog)) == 0) {
      memory = mmap(nullptr, sizeof(FailureLog), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    ::close(file);
    if (memory == MAP_FAILED) return false;
    // No constructor: `restore` finds out whether what is there is a log.
    log_ = static_cast<FailureLog*>(memory);
    return true;
  }

  /** Null where no file is open. */
  FailureLog* log() { return log_; }

 private:
  FailureLog* log_ = nullptr;
};

}  // namespace connack
