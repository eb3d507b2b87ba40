#include <doctest/doctest.h>

#include <initializer_list>

#include "connack/backoff.h"
#include "connack/clock.h"
#include "connack/refresh_schedule.h"

using namespace connack;

namespace {

struct SetClock final : Clock {
  uint32_t monotonicMs() override { return 0; }
  int64_t wallSeconds() override { return wall; }
  bool isSynchronised() override {
    asked++;
    const bool was = isNewlySet;
    isNewlySet = false;
    return was;
  }
  int64_t wall = 0;
  bool isNewlySet = false;
  int asked = 0;
};

}  // namespace

TEST_CASE("a deadline is right wherever the clock wraps") {
  for (const uint32_t start : {0u, 1u, 0x7fffffffu, 0x80000000u, 0xfffffff0u, 0xffffffffu}) {
    const Deadline deadline = Deadline::in(start, 100);
    CAPTURE(start);
    CHECK(!deadline.isOver(start));
    CHECK(!deadline.isOver(start + 99));
    CHECK(deadline.isOver(start + 100));
    CHECK(deadline.isOver(start + 101));
    CHECK(deadline.isOver(start + 100 + 0x7fffffff));
    CHECK(deadline.left(start + 40) == 60);
    CHECK(deadline.left(start + 100) == 0);
    CHECK(Deadline::in(start, 0).isOver(start));
  }
}

TEST_CASE("the clock is believed after SNTP, and not before this program was built") {
  SetClock clock;
  ClockGuard guard(clock, 1800000000);
  clock.wall = 1900000000;
  guard.poll();
  CHECK(!guard.isTrusted());
  CHECK(guard.now() == 0);
  clock.isNewlySet = true;
  clock.wall = 3600;
  guard.poll();
  CHECK(guard.isSynchronised());
  CHECK(!guard.isTrusted());
  CHECK(guard.now() == 0);
  clock.wall = 1800000000;
  CHECK(guard.isTrusted());
  CHECK(guard.now() == 1800000000);
  // ESP-IDF's status is true once only: it stays true here, and is not asked again.
  const int asked = clock.asked;
  for (int i = 0; i < 10; i++) guard.poll();
  CHECK(guard.isTrusted());
  CHECK(clock.asked == asked);
  clock.wall = 1799999999;
  CHECK(!guard.isTrusted());
}

TEST_CASE("waiting: never less than the least, never more than the most, and spread over all of it") {
  const BackoffOptions options;
  uint32_t random = 1;
  for (uint32_t failures = 1; failures < 40; failures++) {
    uint32_t least = UINT32_MAX;
    uint32_t most = 0;
    const uint32_t ceiling = failures >= 6 ? 60000 : 1000u << failures;
    for (int i = 0; i < 2000; i++) {
      random = random * 1664525u + 1013904223u;
      const uint32_t ms = reconnectIn(failures, false, options, random);
      least = ms < least ? ms : least;
      most = ms > most ? ms : most;
      CHECK_UNARY(reconnectIn(failures, true, options, random) >= ms);
    }
    CHECK(least >= 1000);
    CHECK(most <= ceiling);
    CHECK(least < 1000 + (ceiling - 1000) / 20 + 1);
    CHECK(most > ceiling - ceiling / 20 - 1);
  }
}

TEST_CASE("refresh: before the margin, up to a tenth sooner, never for what does not expire") {
  const int64_t now = 1800000000;
  CHECK(refreshTime(0, now, RefreshOptions(), 5).isNever);
  const RefreshTime hour = refreshTime(now + 3600, now, RefreshOptions(), 0);
  CHECK(hour.inMs == 1800000);
  CHECK(hour.latestAt == now + 3540);
  uint32_t random = 7;
  for (int i = 0; i < 20000; i++) {
    random = random * 1664525u + 1013904223u;
    const int64_t left = 2 + random % 9000;
    RefreshOptions options;
    options.everySeconds = 1 + (random >> 8) % 4000;
    options.marginSeconds = (random >> 4) % 400;
    const RefreshTime time = refreshTime(now + left, now, options, random * 2654435761u);
    const int64_t margin = static_cast<int64_t>(options.marginSeconds) * 1000 < left * 500 ? static_cast<int64_t>(options.marginSeconds) * 1000 : left * 500;
    const int64_t latest = left * 1000 - margin;
    const int64_t most = latest < options.everySeconds * 1000ll ? latest : options.everySeconds * 1000ll;
    CHECK_UNARY(!time.isNever);
    CHECK_UNARY(time.inMs <= (most < 1000 ? 1000 : most));
    CHECK_UNARY(time.inMs >= (most * 9 / 10 < 1000 ? 1000 : most * 9 / 10));
    CHECK_UNARY(time.latestAt <= now + left);
  }
}
