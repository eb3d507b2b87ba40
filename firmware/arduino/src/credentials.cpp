#include "credentials.h"

#include <Arduino.h>
// PlatformIO looks for libraries in the sources of the project alone.
#include <Preferences.h>
#include <WiFiClientSecure.h>

#if CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
namespace {

/** For TCP, and again for the handshake. */
const int32_t tokenTimeoutMs = 15000;

#if MQTT_TLS
WiFiClientSecure tokenClient;
int32_t lastTokenError() {
  char text[80];
  return tokenClient.lastError(text, sizeof(text));
}
#else
WiFiClient tokenClient;
int32_t lastTokenError() { return 0; }
#endif

}  // namespace
#endif

SensorCredentials::SensorCredentials(const Identity& identity)
    : claims_{connack::Claim("mac_address", identity.macAddress.data())},
#if CREDENTIAL == CREDENTIAL_KEY_PAIR
      key_(fillRandom),
      source_(jwt(identity), key_)
#elif CREDENTIAL == CREDENTIAL_DEVICE_KEY || CREDENTIAL == CREDENTIAL_SHARED_SECRET
      source_(jwt(identity), hmac_, CREDENTIAL_SECRET)
#elif CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
      wire_(tokenClient, tokenTimeoutMs, lastTokenError),
#if MQTT_TLS
      http_(nullptr, &wire_),
#else
      http_(&wire_, nullptr),
#endif
      source_(endpoint(identity), http_)
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

bool SensorCredentials::begin() {
#if CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT && MQTT_TLS
  tokenClient.setCACert(TOKEN_CA_CERT);
  tokenClient.setHandshakeTimeout(static_cast<unsigned long>(tokenTimeoutMs / 1000));
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
