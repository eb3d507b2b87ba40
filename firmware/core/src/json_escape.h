#pragma once
#include <stddef.h>

namespace connack {

/** One byte of UTF-8 as it stands in a JSON string, as `JSON.stringify` writes it. Returns its size, 1 to 6. */
size_t escapeJson(char character, char* out);

}  // namespace connack
