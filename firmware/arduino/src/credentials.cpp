#include "credentials.h"

#include <Arduino.h>
// PlatformIO looks for libraries in the sources of the project alone.
#include <Preferences.h>

SensorCredentials::SensorCredentials(const Identity& identity)
    : claims_{connack::Claim("mac_address", identity.macAddress.data())},
#if CREDENTIAL == CREDENTIAL_KEY_PAIR
      key_(fillRandom),
      source_(jwt(identity), key_)
#elif CREDENTIAL == CREDENTIAL_DEVICE_KEY || CREDENTIAL == CREDENTIAL_SHARED_SECRET
      source_(jwt(identity), hmac_, CREDENTIAL_SECRET)
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

bool SensorCredentials::begin() {
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
