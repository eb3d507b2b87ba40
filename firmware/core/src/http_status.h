#pragma once
#include "connack/text_view.h"

namespace connack {

/** 408, 425 and 429 pass by themselves, as what is wrong on the server's side does. */
inline bool isHttpRefusal(int32_t status) {
  return status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
}

/** `https:`, or `http:` where somebody said that it may be. */
inline bool isUrlAllowed(TextView url, bool allowInsecure) {
  const auto startsWith = [url](TextView start) {
    return url.size >= start.size && TextView(url.data, start.size) == start;
  };
  return startsWith("https://") || (allowInsecure && startsWith("http://"));
}

}  // namespace connack
