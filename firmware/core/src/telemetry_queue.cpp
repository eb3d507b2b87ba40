#include "connack/telemetry_queue.h"

namespace connack {

namespace {

/** In front of each message: sizes of topic and payload, packet id (2 bytes each), flags, sends. */
const size_t headerSize = 8;
const uint8_t qosBits = 3;
const uint8_t retainBit = 4;
const uint8_t inFlightBit = 8;
const uint8_t watchedBit = 16;

uint16_t read16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }

void write16(uint8_t* at, size_t value) {
  at[0] = static_cast<uint8_t>(value >> 8);
  at[1] = static_cast<uint8_t>(value);
}

}  // namespace

size_t TelemetryQueue::entrySize(size_t offset) const {
  return headerSize + read16(bytes_ + offset) + read16(bytes_ + offset + 2);
}

size_t TelemetryQueue::offset(size_t index) const {
  size_t at = 0;
  for (size_t i = 0; i < index; i++) at += entrySize(at);
  return at;
}

bool TelemetryQueue::put(TextView topic, TextView payload, uint8_t qos, bool retain) {
  const size_t pinnedSize = pinned_ < count_ ? entrySize(offset(pinned_)) : 0;
  const size_t room = sizeof(bytes_) - pinnedSize;
  const bool fits = !topic.isEmpty() && topic.size <= 0xffff && payload.size <= 0xffff && qos <= 1 &&
                    room >= headerSize && topic.size <= room - headerSize && payload.size <= room - headerSize - topic.size;
  if (!fits) {
    dropped_++;
    return false;
  }
  const size_t size = headerSize + topic.size + payload.size;
  while (used_ + size > sizeof(bytes_)) {
    if (!makeRoom()) return false;
  }
  uint8_t* at = bytes_ + used_;
  write16(at, topic.size);
  write16(at + 2, payload.size);
  write16(at + 4, 0);
  at[6] = static_cast<uint8_t>(qos | (retain ? retainBit : 0));
  at[7] = 0;
  memcpy(at + headerSize, topic.data, topic.size);
  if (payload.size > 0) memcpy(at + headerSize + topic.size, payload.data, payload.size);
  used_ += size;
  count_++;
  accepted_++;
  return true;
}

bool TelemetryQueue::putWatched(TextView topic, TextView payload, uint8_t qos, bool retain) {
  if (!put(topic, payload, qos, retain)) return false;
  for (size_t i = 0; i < count_; i++) bytes_[offset(i) + 6] &= static_cast<uint8_t>(~watchedBit);
  bytes_[offset(count_ - 1) + 6] |= watchedBit;
  watched_ = Watched::waiting;
  return true;
}

bool TelemetryQueue::hasRoom(size_t bytes) const { return bytes + headerSize <= sizeof(bytes_) - used_; }

bool TelemetryQueue::makeRoom() {
  size_t victim = none;
  for (size_t i = 0; i < count_; i++) {
    if (i == pinned_) continue;
    if (!at(i).isInFlight) {
      victim = i;
      break;
    }
    if (victim == none) victim = i;
  }
  if (victim == none) return false;
  const bool isWatched = (bytes_[offset(victim) + 6] & watchedBit) != 0;
  erase(victim);
  if (isWatched) watched_ = Watched::displaced;
  dropped_++;
  return true;
}

QueuedMessage TelemetryQueue::at(size_t index) const {
  const uint8_t* entry = bytes_ + offset(index);
  const char* text = reinterpret_cast<const char*>(entry + headerSize);
  const uint16_t topicSize = read16(entry);
  QueuedMessage message;
  message.topic = TextView(text, topicSize);
  message.payload = TextView(text + topicSize, read16(entry + 2));
  message.packetId = read16(entry + 4);
  message.qos = entry[6] & qosBits;
  message.retain = (entry[6] & retainBit) != 0;
  message.isInFlight = (entry[6] & inFlightBit) != 0;
  message.sends = entry[7];
  return message;
}

size_t TelemetryQueue::firstWaiting() const {
  size_t index = 0;
  while (index < count_ && at(index).isInFlight) index++;
  return index;
}

void TelemetryQueue::sent(size_t index, uint16_t packetId) {
  uint8_t* entry = bytes_ + offset(index);
  write16(entry + 4, packetId);
  entry[6] = static_cast<uint8_t>(entry[6] | inFlightBit);
  if (entry[7] < 0xff) entry[7]++;
  inFlight_++;
}

bool TelemetryQueue::acknowledged(uint16_t packetId) {
  for (size_t i = 0; i < count_; i++) {
    const QueuedMessage message = at(i);
    if (!message.isInFlight || message.packetId != packetId || i == pinned_) continue;
    remove(i);
    return true;
  }
  return false;
}

bool TelemetryQueue::isUsed(uint16_t packetId) const {
  for (size_t i = 0; i < count_; i++) {
    if (at(i).packetId == packetId) return true;
  }
  return false;
}

void TelemetryQueue::remove(size_t index) {
  erase(index);
  delivered_++;
}

void TelemetryQueue::erase(size_t index) {
  const size_t start = offset(index);
  const size_t size = entrySize(start);
  if (at(index).isInFlight) inFlight_--;
  if ((bytes_[start + 6] & watchedBit) != 0) watched_ = Watched::done;
  memmove(bytes_ + start, bytes_ + start + size, used_ - start - size);
  used_ -= size;
  count_--;
  if (pinned_ == none) return;
  if (index < pinned_) pinned_--;
  else if (index == pinned_) pinned_ = none;
}

void TelemetryQueue::connectionEnded() {
  unpin();
  for (size_t i = 0; i < count_;) {
    uint8_t* entry = bytes_ + offset(i);
    const bool isGivenUp = (entry[6] & inFlightBit) != 0 && entry[7] >= CONNACK_MAX_SENDS;
    if (isGivenUp) {
      erase(i);
      dropped_++;
      continue;
    }
    entry[6] = static_cast<uint8_t>(entry[6] & ~inFlightBit);
    i++;
  }
  inFlight_ = 0;
}

}  // namespace connack
