#pragma once
#include "connack/crypto.h"

/** HMAC-SHA256 without a library (FIPS 180-4, RFC 2104), for tests and for the bare machine of the cross build. */
class SoftwareHmac final : public connack::HmacSha256 {
 public:
  bool sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) override;
};
