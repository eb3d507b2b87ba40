#include "connack/issued_credentials.h"

namespace connack {

Readiness IssuedCredentials::prepare(int64_t nowSeconds) {
  if (expiresAt_ == 0 || nowSeconds < expiresAt_) return Readiness::ready;
  problem_ = "the issued credentials have expired";
  return Readiness::failed;
}

bool IssuedCredentials::take(int64_t /*nowSeconds*/, Credentials& out) {
  out.expiresAt = expiresAt_;
  if (clientId_.isEmpty()) {
    problem_ = "the client id is empty";
    return false;
  }
  if (copyText(out.clientId, sizeof(out.clientId), clientId_) && copyText(out.username, sizeof(out.username), username_) &&
      copyText(out.password, sizeof(out.password), password_)) {
    return true;
  }
  out.wipe();
  problem_ = "client id, user name or password is too long";
  return false;
}

namespace {

/** Some servers write the text `null` for what is not there. */
bool isThere(const char* text) { return text[0] != '\0' && TextView(text) != TextView("null"); }

/** `host` or `host:port`; a scheme, a path or an IPv6 address is none. */
bool readEndpoint(const char* endpoint, CheckInPlace& out) {
  const TextView text(endpoint);
  size_t hostSize = 0;
  while (hostSize < text.size && endpoint[hostSize] != ':') {
    const char c = endpoint[hostSize];
    const bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool isHost = isLetter || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!isHost) return false;
    hostSize++;
  }
  if (hostSize == 0 || !copyText(out.host, sizeof(out.host), TextView(endpoint, hostSize))) return false;
  out.port = 8883;
  if (hostSize == text.size) return true;
  uint32_t port = 0;
  const size_t digits = text.size - hostSize - 1;
  if (digits < 1 || digits > 5) return false;
  for (size_t i = hostSize + 1; i < text.size; i++) {
    if (endpoint[i] < '0' || endpoint[i] > '9') return false;
    port = port * 10 + static_cast<uint32_t>(endpoint[i] - '0');
  }
  out.port = static_cast<uint16_t>(port);
  return port >= 1 && port <= 65535;
}

}  // namespace

bool readCheckIn(TextView answer, CheckIn& out) { return readCheckIn(answer, out, out.credentials); }

bool readCheckIn(TextView answer, CheckInPlace& out, Credentials& credentials) {
  JsonObject whole;
  JsonObject mqtt;
  char endpoint[72];
  credentials.expiresAt = 0;
  const bool isComplete = whole.parse(answer) && whole.object("mqtt", mqtt) &&
                          mqtt.text("endpoint", endpoint, sizeof(endpoint)) && readEndpoint(endpoint, out) &&
                          mqtt.text("client_id", credentials.clientId, sizeof(credentials.clientId)) &&
                          mqtt.text("username", credentials.username, sizeof(credentials.username)) &&
                          mqtt.text("password", credentials.password, sizeof(credentials.password)) &&
                          isThere(credentials.clientId) && isThere(credentials.username) && isThere(credentials.password);
  if (!isComplete) {
    credentials.wipe();
    return false;
  }
  if (!mqtt.text("publish_topic", out.publishTopic, sizeof(out.publishTopic))) out.publishTopic[0] = '\0';
  if (!mqtt.text("subscribe_topic", out.subscribeTopic, sizeof(out.subscribeTopic)) || !isThere(out.subscribeTopic)) {
    out.subscribeTopic[0] = '\0';
  }
  return true;
}

}  // namespace connack
