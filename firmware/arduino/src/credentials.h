#pragma once
#include <esp_random.h>

#include "arduino_storage.h"
#include "check_config.h"
#include "connack/device_uuid.h"
#include "connack/es256_public_key.h"
#include "connack/issued_credentials.h"
#include "connack/minted_jwt.h"
#include "connack/token_endpoint.h"
#include "connack/wire_http_client.h"
#include "connack/xiaozhi_check_in.h"
#include "identity.h"
#include "arduino_wire.h"
#include "mbedtls_crypto.h"

/** The credentials that config.h asks for. */
class SensorCredentials {
 public:
  explicit SensorCredentials(const Identity& identity);
  connack::CredentialSource& source() { return source_; }
  /** What has to be done before they work. False where they never will. */
  bool begin();
  /** What the broker's side knows this board as. */
  connack::TextView deviceId() const;
  /** The one topic that a check-in names for whatever is published; empty before it, and for other credentials. */
  connack::TextView publishTopic() const;

 private:
  static void fillRandom(uint8_t* bytes, size_t size) { esp_fill_random(bytes, size); }
  connack::MintedJwtOptions jwt(const Identity& identity);

  const Identity& identity_;
  connack::Claim claims_[1];
#if CREDENTIAL == CREDENTIAL_KEY_PAIR
  connack::MbedtlsEs256Key key_;
  connack::KeyPairJwt source_;
#elif CREDENTIAL == CREDENTIAL_DEVICE_KEY
  connack::MbedtlsHmac hmac_;
  connack::DeviceKeyJwt source_;
#elif CREDENTIAL == CREDENTIAL_SHARED_SECRET
  connack::MbedtlsHmac hmac_;
  connack::SharedSecretJwt source_;
#elif CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
  static connack::TokenEndpointOptions endpoint(const Identity& identity);

  // A connection of its own: the one to the broker goes on until the new token is there.
  connack::ArduinoWire wire_;
  connack::WireHttpClient http_;
  connack::TokenEndpoint source_;
#elif CREDENTIAL == CREDENTIAL_CHECK_IN
  connack::XiaozhiCheckInOptions checkIn(const Identity& identity);

  connack::TextBuffer<20> mac_;
  connack::TextBuffer<40> uuid_;
  connack::ArduinoWire wire_;
  connack::WireHttpClient http_;
  connack::XiaozhiCheckIn source_;
#else
  connack::IssuedCredentials source_;
#endif
};
