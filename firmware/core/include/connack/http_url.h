#pragma once
#include "connack/text_view.h"

namespace connack {

/** The parts of an `http:` or `https:` URL (RFC 9110 §4.2). */
struct HttpUrl {
  bool isSecure = false;
  char host[64] = {};
  uint16_t port = 80;
  /** Host with the port where the URL names one: what the header `Host` says. */
  TextView authority;
  /** Begins with a slash; of the text that was read. */
  TextView target;
};

/**
 * False for anything else: a name in it (`user@`), a fragment, an IPv6 address, a host of more than 63 characters, or a
 * character that is not printable ASCII. The text has to stay.
 */
bool readHttpUrl(TextView text, HttpUrl& out);

}  // namespace connack
