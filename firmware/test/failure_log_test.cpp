#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/failure_log.h"

using namespace connack;

namespace {

Failure failure(uint32_t at, uint8_t code) {
  Failure f;
  f.at = at;
  f.uptimeMs = at * 2;
  f.kind = code == 0 ? FailureKind::unreachable : FailureKind::refused;
  f.code = code;
  f.attempt = static_cast<uint16_t>(at);
  return f;
}

std::string json(const FailureLog& log) {
  TextBuffer<800> out;
  log.writeJson(out);
  CHECK(out.fits());
  return out.data();
}

}  // namespace

TEST_CASE("memory that holds anything at start becomes an empty log; a right one is kept") {
  for (const int fill : {0x00, 0xff, 0xa5}) {
    FailureLog log;
    memset(&log, fill, sizeof(log));
    log.restore();
    CHECK(log.size() == 0);
    CHECK(log.total() == 0);
    log.add(failure(1, 4));
    FailureLog afterReset;
    memcpy(&afterReset, &log, sizeof(log));
    afterReset.restore();
    CHECK(afterReset.size() == 1);
    CHECK(afterReset.at(0).code == 4);
  }
}

TEST_CASE("one bit that flipped empties it, whichever it is") {
  FailureLog good;
  memset(&good, 0, sizeof(good));
  good.restore();
  for (uint32_t i = 1; i < 12; i++) good.add(failure(i, 5));
  for (size_t bit = 0; bit < sizeof(good) * 8; bit++) {
    FailureLog bad;
    memcpy(&bad, &good, sizeof(good));
    reinterpret_cast<uint8_t*>(&bad)[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    bad.restore();
    REQUIRE(bad.size() == 0);
  }
}

TEST_CASE("it keeps the last eight, the oldest first, and forgets those that were told") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  log.restore();
  for (uint32_t i = 1; i <= 11; i++) log.add(failure(i, 4));
  CHECK(log.size() == 8);
  CHECK(log.total() == 11);
  CHECK(log.at(0).at == 4);
  CHECK(log.at(7).at == 11);
  log.forget(7);
  CHECK(log.size() == 1);
  CHECK(log.at(0).at == 11);
  log.add(failure(0, 0));
  CHECK(json(log) ==
        R"([{"at":11,"uptime_ms":22,"kind":"refused","code":4,"attempt":11},{"uptime_ms":0,"kind":"unreachable","attempt":0}])");
  log.forget(99);
  CHECK(log.size() == 0);
  CHECK(log.total() == 0);
  CHECK(json(log) == "[]");
}

TEST_CASE("the longest log fits what the device has for it") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  log.restore();
  Failure longest;
  longest.at = UINT32_MAX;
  longest.uptimeMs = UINT32_MAX;
  longest.kind = FailureKind::lost;
  longest.attempt = 65535;
  for (int i = 0; i < 8; i++) log.add(longest);
  CHECK(json(log).size() < 768);
}
