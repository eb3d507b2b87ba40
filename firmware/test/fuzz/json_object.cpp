#include <stdlib.h>
#include <string.h>

#include <initializer_list>

#include "connack/issued_credentials.h"
#include "connack/json_object.h"

/** Any bytes as JSON: nothing is read or written beyond, and what is found is text with an end. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static connack::CheckIn checkIn;
  const connack::TextView text(reinterpret_cast<const char*>(data), size);
  connack::JsonObject object;
  const bool isObject = object.parse(text);
  char small[8];
  char large[200];
  int64_t number = 0;
  for (const char* name : {"a", "mqtt", "access_token", "expires_in", ""}) {
    if (!isObject && object.has(name)) abort();
    const bool isSmall = object.text(name, small, sizeof(small));
    const bool isLarge = object.text(name, large, sizeof(large));
    if (isSmall && (!isLarge || strcmp(small, large) != 0)) abort();
    if (memchr(small, 0, sizeof(small)) == nullptr || memchr(large, 0, sizeof(large)) == nullptr) abort();
    if (object.number(name, number) && (isLarge || number > 9007199254740992 || number < -9007199254740992)) abort();
    connack::JsonObject inner;
    if (object.object(name, inner) && (isLarge || !object.has(name))) abort();
  }
  connack::readCheckIn(text, checkIn);
  return 0;
}
