#include "connack/clock.h"

namespace connack {

void ClockGuard::poll() {
  if (!isSynchronised_) isSynchronised_ = clock_.isSynchronised();
}

bool ClockGuard::isTrusted() { return isSynchronised_ && clock_.wallSeconds() >= notBefore_; }

int64_t ClockGuard::now() {
  const int64_t now = clock_.wallSeconds();
  return isSynchronised_ && now >= notBefore_ ? now : 0;
}

}  // namespace connack
