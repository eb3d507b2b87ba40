#pragma once
#include "connack/limits.h"
#include "connack/text_view.h"

namespace connack {

/** A message that waits or is under way. The texts are the queue's: good until it is changed. */
struct QueuedMessage {
  TextView topic;
  TextView payload;
  uint8_t qos;
  bool retain;
  /** 0 until it is sent for the first time; QoS 0 never has one. */
  uint16_t packetId;
  /** Connections on which it was sent. */
  uint8_t sends;
  /** Sent on this connection. */
  bool isInFlight;
};

/** What became of the message that is watched. Done: delivered, or given up after too many sends. */
enum class Watched : uint8_t { none, waiting, done, displaced };

/**
 * Messages in the order they were given, in a fixed piece of memory. When there is no room, the oldest one that waits makes
 * it, then the oldest one that is under way; each is counted.
 */
class TelemetryQueue {
 public:
  /** False, and counted, for a message that would not fit an empty queue, or an empty topic. */
  bool put(TextView topic, TextView payload, uint8_t qos, bool retain);
  /** As `put`; `watched` tells what becomes of this message, and of no earlier one any more. */
  bool putWatched(TextView topic, TextView payload, uint8_t qos, bool retain);
  Watched watched() const { return watched_; }
  /** Its end is known. */
  void unwatch() { watched_ = Watched::none; }
  /** Whether a message of so many bytes, topic and payload, would take no other's place. */
  bool hasRoom(size_t bytes) const;
  size_t size() const { return count_; }
  size_t inFlight() const { return inFlight_; }
  QueuedMessage at(size_t index) const;
  /** Index of the first message that was not sent on this connection; `size()` where there is none. */
  size_t firstWaiting() const;
  /** It goes out on this connection, under this id. */
  void sent(size_t index, uint16_t packetId);
  /** By a PUBACK; false where nobody waits for it. */
  bool acknowledged(uint16_t packetId);
  bool isUsed(uint16_t packetId) const;
  void remove(size_t index);
  /** The connection is gone: what was under way waits again, but for what was sent too often, which is dropped. */
  void connectionEnded();
  /** This message must not move or go: its bytes are being written. `size()` of a queue or more: none. */
  void pin(size_t index) { pinned_ = index; }
  void unpin() { pinned_ = none; }
  /** Where the pinned message is now. */
  size_t pinned() const { return pinned_; }

  /** Messages that were given up: no room, too large, or sent too often. */
  uint32_t dropped() const { return dropped_; }
  /** Messages that `put` took. */
  uint32_t accepted() const { return accepted_; }
  /** Messages that are done: acknowledged, or QoS 0 and sent. */
  uint32_t delivered() const { return delivered_; }

  static constexpr size_t none = SIZE_MAX;

 private:
  size_t offset(size_t index) const;
  size_t entrySize(size_t offset) const;
  void erase(size_t index);
  bool makeRoom();

  uint8_t bytes_[CONNACK_QUEUE_BYTES] = {};
  size_t used_ = 0;
  size_t count_ = 0;
  size_t inFlight_ = 0;
  size_t pinned_ = none;
  Watched watched_ = Watched::none;
  uint32_t dropped_ = 0;
  uint32_t accepted_ = 0;
  uint32_t delivered_ = 0;
};

}  // namespace connack
