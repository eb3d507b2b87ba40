#include "connack/http_url.h"

namespace connack {

namespace {

bool skip(TextView& text, const char* start) {
  const TextView wanted(start);
  if (text.size < wanted.size || TextView(text.data, wanted.size) != wanted) return false;
  text = TextView(text.data + wanted.size, text.size - wanted.size);
  return true;
}

bool isHostCharacter(char c) {
  const bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return isLetter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

/** `:` and the port. */
bool readPort(TextView text, uint16_t& out) {
  uint32_t port = 0;
  if (text.size < 2 || text.size > 6 || text.data[0] != ':') return false;
  for (size_t i = 1; i < text.size; i++) {
    if (text.data[i] < '0' || text.data[i] > '9') return false;
    port = port * 10 + static_cast<uint32_t>(text.data[i] - '0');
  }
  out = static_cast<uint16_t>(port);
  return port >= 1 && port <= 65535;
}

}  // namespace

bool readHttpUrl(TextView text, HttpUrl& out) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '#') return false;
  }
  out.isSecure = skip(text, "https://");
  if (!out.isSecure && !skip(text, "http://")) return false;
  size_t hostSize = 0;
  while (hostSize < text.size && isHostCharacter(text.data[hostSize])) hostSize++;
  size_t authoritySize = hostSize;
  while (authoritySize < text.size && text.data[authoritySize] != '/' && text.data[authoritySize] != '?') authoritySize++;
  if (hostSize == 0 || hostSize >= sizeof(out.host)) return false;
  memcpy(out.host, text.data, hostSize);
  out.host[hostSize] = '\0';
  out.port = out.isSecure ? 443 : 80;
  if (authoritySize > hostSize && !readPort(TextView(text.data + hostSize, authoritySize - hostSize), out.port)) return false;
  out.authority = TextView(text.data, authoritySize);
  out.target = TextView(text.data + authoritySize, text.size - authoritySize);
  if (out.target.isEmpty()) out.target = TextView("/");
  // A query without a path; nobody needs it.
  return out.target.data[0] == '/';
}

}  // namespace connack
