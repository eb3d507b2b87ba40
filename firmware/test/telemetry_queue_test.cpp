#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/telemetry_queue.h"

using namespace connack;

namespace {

std::string topics(const TelemetryQueue& queue) {
  std::string all;
  for (size_t i = 0; i < queue.size(); i++) all += std::string(queue.at(i).topic.data, queue.at(i).topic.size) + " ";
  return all;
}

const std::string big(CONNACK_QUEUE_BYTES / 4 - 10, 'x');

bool putBig(TelemetryQueue& queue, const char* topic) { return queue.put(topic, TextView(big.data(), big.size()), 1, false); }

}  // namespace

TEST_CASE("messages keep what they are, in the order given") {
  TelemetryQueue queue;
  CHECK(queue.put("a", "1", 1, false));
  CHECK(queue.put("b/c", TextView("\0\xff", 2), 0, true));
  CHECK(topics(queue) == "a b/c ");
  const QueuedMessage second = queue.at(1);
  CHECK(second.payload == TextView("\0\xff", 2));
  CHECK(second.qos == 0);
  CHECK(second.retain);
  CHECK(!second.isInFlight);
  CHECK(queue.firstWaiting() == 0);
  queue.sent(0, 7);
  CHECK(queue.firstWaiting() == 1);
  CHECK(queue.isUsed(7));
  CHECK(!queue.acknowledged(8));
  CHECK(queue.acknowledged(7));
  CHECK(topics(queue) == "b/c ");
  queue.remove(0);
  CHECK(queue.size() == 0);
  CHECK(queue.delivered() == 2);
  CHECK(queue.dropped() == 0);
}

TEST_CASE("the oldest that waits makes room, then the oldest under way; each is counted") {
  TelemetryQueue queue;
  for (const char* topic : {"a", "b", "c", "d"}) CHECK(putBig(queue, topic));
  CHECK(queue.dropped() == 0);
  queue.sent(0, 1);
  CHECK(putBig(queue, "e"));
  CHECK(topics(queue) == "a c d e ");
  CHECK(queue.dropped() == 1);
  for (size_t i = 1; i < 4; i++) queue.sent(i, static_cast<uint16_t>(i + 1));
  CHECK(putBig(queue, "f"));
  CHECK(topics(queue) == "c d e f ");
  CHECK(queue.dropped() == 2);
  CHECK(queue.inFlight() == 3);
  // Its acknowledgement comes late, and belongs to nobody.
  CHECK(!queue.acknowledged(1));
}

TEST_CASE("a message whose bytes are being written neither moves away unnoticed nor goes") {
  TelemetryQueue queue;
  for (const char* topic : {"a", "b", "c", "d"}) CHECK(putBig(queue, topic));
  queue.pin(1);
  CHECK(putBig(queue, "e"));
  CHECK(topics(queue) == "b c d e ");
  CHECK(queue.pinned() == 0);
  CHECK(putBig(queue, "f"));
  CHECK(topics(queue) == "b d e f ");
  queue.sent(0, 9);
  CHECK(!queue.acknowledged(9));
  const std::string tooLarge(CONNACK_QUEUE_BYTES - big.size(), 'y');
  CHECK(!queue.put("g", TextView(tooLarge.data(), tooLarge.size()), 1, false));
  CHECK(topics(queue) == "b d e f ");
  queue.unpin();
  CHECK(queue.acknowledged(9));
}

TEST_CASE("what never fits is refused and drops nothing else") {
  TelemetryQueue queue;
  CHECK(queue.put("a", "1", 1, false));
  const std::string tooLarge(CONNACK_QUEUE_BYTES, 'y');
  CHECK(!queue.put("b", TextView(tooLarge.data(), tooLarge.size()), 1, false));
  CHECK(!queue.put("b", TextView("x", SIZE_MAX - 4), 1, false));
  CHECK(!queue.put("", "1", 1, false));
  CHECK(!queue.put("b", "1", 2, false));
  CHECK(topics(queue) == "a ");
  CHECK(queue.dropped() == 4);
  const std::string most(CONNACK_QUEUE_BYTES - 8 - 1, 'z');
  CHECK(queue.put("b", TextView(most.data(), most.size()), 1, false));
  CHECK(topics(queue) == "b ");
}

TEST_CASE("after a connection they wait again; one that was sent on too many is given up") {
  TelemetryQueue queue;
  CHECK(queue.put("poison", "1", 1, false));
  CHECK(queue.put("good", "1", 1, false));
  for (int i = 1; i <= CONNACK_MAX_SENDS; i++) {
    CHECK(topics(queue) == "poison good ");
    CHECK(queue.at(0).sends == i - 1);
    queue.sent(0, 5);
    queue.pin(0);
    queue.connectionEnded();
    CHECK(queue.pinned() == TelemetryQueue::none);
    CHECK(queue.inFlight() == 0);
  }
  CHECK(topics(queue) == "good ");
  CHECK(queue.dropped() == 1);
}
