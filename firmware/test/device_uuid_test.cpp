#include <doctest/doctest.h>

#include <map>
#include <string>

#include "connack/device_uuid.h"

using namespace connack;

namespace {

struct FakeStorage final : Storage {
  int32_t load(const char* name, char* value, size_t capacity) override {
    const auto found = values.find(name);
    if (found == values.end() || found->second.size() > capacity) return -1;
    memcpy(value, found->second.data(), found->second.size());
    return static_cast<int32_t>(found->second.size());
  }
  bool save(const char* name, TextView value) override {
    if (!isWritable) return false;
    values[name] = std::string(value.data, value.size);
    return true;
  }
  bool isWritable = true;
  std::map<std::string, std::string> values;
};

uint8_t fill = 0xff;

void fillRandom(uint8_t* bytes, size_t size) { memset(bytes, fill, size); }

std::string uuid(Storage& storage) {
  TextBuffer<40> out;
  const bool isThere = loadOrMakeUuid(storage, fillRandom, out);
  CHECK(isThere == (out.size() == 36));
  return out.data();
}

}  // namespace

TEST_CASE("a UUID of version 4, made once and kept") {
  FakeStorage storage;
  fill = 0xff;
  CHECK(uuid(storage) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  fill = 0x00;
  CHECK(uuid(storage) == "ffffffff-ffff-4fff-bfff-ffffffffffff");
  storage.values.clear();
  CHECK(uuid(storage) == "00000000-0000-4000-8000-000000000000");
}

TEST_CASE("one that cannot be kept is none; one that is damaged is made anew") {
  FakeStorage storage;
  storage.isWritable = false;
  fill = 0x11;
  CHECK(uuid(storage) == "");
  storage.isWritable = true;
  for (const char* damaged : {"", "ffffffff-ffff-4fff-bfff-fffffffffff", "ffffffff-ffff-4fff-bfff-fffffffffffF",
                              "ffffffff+ffff-4fff-bfff-ffffffffffff", "ffffffff-ffff-4fff-bfff-ffffffffffff0"}) {
    CAPTURE(damaged);
    storage.values["uuid"] = damaged;
    CHECK(uuid(storage) == "11111111-1111-4111-9111-111111111111");
    CHECK(storage.values["uuid"] == "11111111-1111-4111-9111-111111111111");
  }
}
