#include "check_vectors.h"

#include "connack/backoff.h"
#include "connack/base64.h"
#include "connack/connack_text.h"
#include "connack/device_key.h"
#include "connack/issued_credentials.h"
#include "connack/refresh_schedule.h"
#include "vectors.h"

using namespace connack;

namespace {

bool isJwtRight(const JwtVector& vector, HmacSha256& hmac) {
  JwtClaims claims;
  claims.issuer = vector.issuer;
  claims.subject = vector.subject;
  claims.audience = vector.audience;
  claims.expiresAt = vector.expiresAt;
  claims.issuedAt = vector.issuedAt;
  claims.more = vector.more;
  claims.moreCount = vector.moreCount;
  TextBuffer<CONNACK_MAX_PASSWORD + 1> token;
  return mintHs256(token, claims, hmac, vector.key, vector.kid) == JwtResult::made && token.view() == TextView(vector.token);
}

bool isBackoffRight(const BackoffVector& vector) {
  BackoffOptions options;
  options.leastMs = vector.leastMs;
  options.mostMs = vector.mostMs;
  return reconnectIn(vector.failures, vector.slower, options, vector.random) == vector.waitMs;
}

bool isRefreshRight(const RefreshVector& vector) {
  const int64_t now = 1800000000;
  RefreshOptions options;
  options.everySeconds = vector.everySeconds;
  options.marginSeconds = vector.marginSeconds;
  const RefreshTime time = refreshTime(now + vector.left, now, options, vector.random);
  const int64_t difference = static_cast<int64_t>(time.inMs) - vector.inMs;
  const int64_t latestAt = vector.hasLatest ? now + vector.latestIn : 0;
  return !time.isNever && difference >= -1 && difference <= 1 && time.latestAt == latestAt;
}

bool isConnackRight(const ConnackVector& vector) {
  return TextView(connackName(vector.code)) == TextView(vector.name) && isCredentialRefusal(vector.code) == vector.isCredential;
}

CheckIn checkIn;

bool isCheckInRight(const CheckInVector& vector, HmacSha256& hmac) {
  if (!readCheckIn(vector.answer, checkIn)) return false;
  const bool isRead = TextView(checkIn.host) == TextView(vector.host) && checkIn.port == vector.port &&
                      TextView(checkIn.credentials.clientId) == TextView(vector.clientId) &&
                      TextView(checkIn.credentials.username) == TextView(vector.username) &&
                      TextView(checkIn.credentials.password) == TextView(vector.password) &&
                      TextView(checkIn.publishTopic) == TextView(vector.publishTopic) &&
                      TextView(checkIn.subscribeTopic) == TextView(vector.subscribeTopic);
  TextBuffer<300> message;
  message.text(vector.clientId).character('|').text(vector.username);
  uint8_t mac[32];
  const auto* key = reinterpret_cast<const uint8_t*>(vector.serverKey);
  const auto* bytes = reinterpret_cast<const uint8_t*>(message.data());
  if (!hmac.sign(key, strlen(vector.serverKey), bytes, message.size(), mac)) return false;
  TextBuffer<48> password;
  writeBase64(password, mac, sizeof(mac));
  return isRead && password.view() == TextView(vector.password);
}

bool isDeviceKeyRight(const DeviceKeyVector& vector, HmacSha256& hmac) {
  TextBuffer<65> key;
  if (!writeDeviceKey(key, hmac, vector.groupKey, vector.deviceId) || key.view() != TextView(vector.key)) return false;
  JwtClaims claims;
  claims.subject = vector.deviceId;
  claims.expiresAt = vector.expiresAt;
  claims.issuedAt = vector.issuedAt;
  TextBuffer<CONNACK_MAX_PASSWORD + 1> token;
  return mintHs256(token, claims, hmac, key.view(), "factory") == JwtResult::made && token.view() == TextView(vector.token);
}

}  // namespace

int checkVectors(HmacSha256& hmac, TellFailure fail) {
  int count = 0;
  const auto look = [&](bool isRight, const char* kind, const char* what) {
    count++;
    if (!isRight) fail(kind, what);
  };
  for (const JwtVector& vector : jwtVectors) look(isJwtRight(vector, hmac), "JWT", vector.title);
  for (const BackoffVector& vector : backoffVectors) look(isBackoffRight(vector), "back-off", "a row");
  for (const RefreshVector& vector : refreshVectors) look(isRefreshRight(vector), "refresh", "a row");
  for (const ConnackVector& vector : connackVectors) look(isConnackRight(vector), "CONNACK", vector.name);
  for (const CheckInVector& vector : checkInVectors) look(isCheckInRight(vector, hmac), "check-in", vector.clientId);
  for (const DeviceKeyVector& vector : deviceKeyVectors) look(isDeviceKeyRight(vector, hmac), "device key", vector.deviceId);
  return count;
}
