#include <doctest/doctest.h>

#include <string>

#include "check_vectors.h"
#include "connack/device_key.h"
#include "software_hmac.h"

using namespace connack;

namespace {

std::string failures;

void tell(const char* kind, const char* what) { failures += std::string(kind) + ": " + what + "\n"; }

}  // namespace

TEST_CASE("no key of a device without a group key or a name: anybody could derive it") {
  SoftwareHmac hmac;
  TextBuffer<65> key;
  CHECK(!writeDeviceKey(key, hmac, "", "sensor-1"));
  CHECK(!writeDeviceKey(key, hmac, "group", ""));
  CHECK(key.size() == 0);
  CHECK(writeDeviceKey(key, hmac, "group", "sensor-1"));
  CHECK(key.size() == 64);
}

TEST_CASE("the vectors that TypeScript reads, too") {
  SoftwareHmac hmac;
  CHECK(checkVectors(hmac, tell) > 400);
  CHECK(failures == "");
}
