#include "credentials.h"

#include <ctype.h>

#include <Arduino.h>
// PlatformIO looks for libraries in the sources of the project alone.
#include <Preferences.h>
#include <WiFiClientSecure.h>

#if CREDENTIAL_IS_FETCHED
namespace {

/** For TCP, and again for the handshake. */
const int32_t httpTimeoutMs = 15000;

#if MQTT_TLS
WiFiClientSecure httpClient;
int32_t lastHttpError() {
  char text[80];
  // Core 3.x leaves the number of the socket there when a name was not found.
  const int code = httpClient.lastError(text, sizeof(text));
  return code < 0 ? code : 0;
}
/** For http: and https:. */
#define HTTP_WIRES nullptr, &wire_
#else
WiFiClient httpClient;
int32_t lastHttpError() { return 0; }
#define HTTP_WIRES &wire_, nullptr
#endif

}  // namespace
#endif

SensorCredentials::SensorCredentials(const Identity& identity)
    : identity_(identity),
      claims_{connack::Claim("mac_address", identity.macAddress.data())},
#if CREDENTIAL == CREDENTIAL_KEY_PAIR
      key_(fillRandom),
      source_(jwt(identity), key_)
#elif CREDENTIAL == CREDENTIAL_DEVICE_KEY || CREDENTIAL == CREDENTIAL_SHARED_SECRET
      source_(jwt(identity), hmac_, CREDENTIAL_SECRET)
#elif CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
      wire_(httpClient, httpTimeoutMs, lastHttpError),
      http_(HTTP_WIRES),
      source_(endpoint(identity), http_)
#elif CREDENTIAL == CREDENTIAL_CHECK_IN
      wire_(httpClient, httpTimeoutMs, lastHttpError),
      http_(HTTP_WIRES),
      source_(checkIn(identity), http_)
#else
      source_(ISSUED_CLIENT_ID, ISSUED_USERNAME, ISSUED_PASSWORD)
#endif
{
}

connack::MintedJwtOptions SensorCredentials::jwt(const Identity& identity) {
  connack::MintedJwtOptions options;
  options.deviceId = identity.deviceId.data();
  options.username = identity.macHex.data();
  options.issuer = TOKEN_ISSUER;
  options.audience = TOKEN_AUDIENCE;
  options.kid = TOKEN_KEY_ID;
  options.lifetimeSeconds = TOKEN_LIFETIME_SECONDS;
  options.claims = claims_;
  options.claimCount = 1;
  return options;
}

#if CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
connack::TokenEndpointOptions SensorCredentials::endpoint(const Identity& identity) {
  connack::TokenEndpointOptions options;
  options.url = TOKEN_URL;
  options.deviceId = identity.deviceId.data();
  options.username = identity.macHex.data();
  options.clientSecret = CREDENTIAL_SECRET;
  options.allowInsecure = MQTT_TLS == 0;
  return options;
}
#endif

#if CREDENTIAL == CREDENTIAL_CHECK_IN
connack::XiaozhiCheckInOptions SensorCredentials::checkIn(const Identity& identity) {
  const connack::TextView mac = identity.macAddress.view();
  for (size_t i = 0; i < mac.size; i++) mac_.character(static_cast<char>(tolower(mac.data[i])));
  connack::XiaozhiCheckInOptions options;
  options.url = CHECK_IN_URL;
  options.mac = mac_.data();
  // Written in begin().
  options.uuid = uuid_.data();
  options.allowInsecure = MQTT_TLS == 0;
  return options;
}

connack::TextView SensorCredentials::deviceId() const { return mac_.view(); }
connack::TextView SensorCredentials::publishTopic() const { return source_.said().publishTopic; }
#else
connack::TextView SensorCredentials::deviceId() const { return identity_.deviceId.view(); }
connack::TextView SensorCredentials::publishTopic() const { return {}; }
#endif

bool SensorCredentials::begin() {
#if CREDENTIAL_IS_FETCHED && MQTT_TLS
  httpClient.setCACert(HTTP_CA_CERT);
  httpClient.setHandshakeTimeout(static_cast<unsigned long>(httpTimeoutMs / 1000));
#endif
#if CREDENTIAL == CREDENTIAL_CHECK_IN
  connack::ArduinoStorage kept;
  if (!connack::loadOrMakeUuid(kept, fillRandom, uuid_)) {
    Serial.println("The UUID of this board can neither be read nor kept: NVS is full or damaged.");
    return false;
  }
#endif
#if CREDENTIAL == CREDENTIAL_KEY_PAIR
  connack::ArduinoStorage storage;
  uint8_t point[65];
  if (!key_.loadOrGenerate(storage) || !key_.publicPoint(point)) {
    Serial.println("The key of this board can neither be read nor made: NVS is full or damaged.");
    return false;
  }
  connack::TextBuffer<256> pem;
  connack::writeEs256PublicPem(pem, point);
  Serial.println("The broker has to know this public key:");
  Serial.println(pem.data());
#endif
  return true;
}
