#include "connack/failure_log.h"

#include <stddef.h>

namespace connack {

namespace {

const uint32_t magic = 0xc0224ac1;

}  // namespace

const char* failureName(FailureKind kind) {
  switch (kind) {
    case FailureKind::refused:
      return "refused";
    case FailureKind::unreachable:
      return "unreachable";
    case FailureKind::noAnswer:
      return "no_answer";
    case FailureKind::lost:
      return "connection_lost";
    case FailureKind::protocol:
      return "protocol";
    case FailureKind::noCredentials:
      return "token";
    case FailureKind::takenOver:
      return "taken_over";
    case FailureKind::none:
      break;
  }
  return "none";
}

void FailureLog::restore() {
  if (magic_ == magic && checksum_ == checksum() && first_ < capacity && size_ <= capacity) return;
  memset(this, 0, sizeof(*this));
  magic_ = magic;
  checksum_ = checksum();
}

void FailureLog::add(const Failure& failure) {
  if (size_ == capacity) {
    first_ = static_cast<uint8_t>((first_ + 1) % capacity);
    size_--;
  }
  Entry& entry = entries_[(first_ + size_) % capacity];
  entry.at = failure.at;
  entry.uptimeMs = failure.uptimeMs;
  entry.attempt = failure.attempt;
  entry.kind = static_cast<uint8_t>(failure.kind);
  entry.code = failure.code;
  size_++;
  total_++;
  checksum_ = checksum();
}

Failure FailureLog::at(uint8_t index) const {
  const Entry& entry = entries_[(first_ + index) % capacity];
  Failure failure;
  failure.at = entry.at;
  failure.uptimeMs = entry.uptimeMs;
  failure.attempt = entry.attempt;
  failure.kind = static_cast<FailureKind>(entry.kind);
  failure.code = entry.code;
  return failure;
}

void FailureLog::forget(uint8_t count) {
  const uint8_t gone = count < size_ ? count : size_;
  first_ = static_cast<uint8_t>((first_ + gone) % capacity);
  size_ = static_cast<uint8_t>(size_ - gone);
  if (size_ == 0) total_ = 0;
  checksum_ = checksum();
}

void FailureLog::writeJson(TextWriter& out) const {
  out.character('[');
  for (uint8_t i = 0; i < size_; i++) {
    const Failure failure = at(i);
    out.text(i == 0 ? "{" : ",{");
    if (failure.at != 0) out.labelled("\"at\":", failure.at).character(',');
    out.labelled("\"uptime_ms\":", failure.uptimeMs).text(",\"kind\":\"").text(failureName(failure.kind));
    if (failure.kind == FailureKind::refused) out.labelled("\",\"code\":", failure.code);
    else out.character('"');
    out.labelled(",\"attempt\":", failure.attempt).character('}');
  }
  out.character(']');
}

/** FNV-1a over all before it. */
uint32_t FailureLog::checksum() const {
  const uint8_t* bytes = reinterpret_cast<const uint8_t*>(this);
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < offsetof(FailureLog, checksum_); i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

}  // namespace connack
