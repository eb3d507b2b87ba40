#pragma once
#include "connack/text_view.h"

namespace connack {

/** PORT. Where HMAC is calculated: PSA or mbedTLS on the chip (`ports/mbedtls_crypto.h`). */
class HmacSha256 {
 public:
  /** HMAC-SHA256 (RFC 2104) in `mac`, 32 bytes. False when it cannot be had; `mac` is then undefined. */
  virtual bool sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) = 0;

 protected:
  ~HmacSha256() = default;
};

/** PORT. A P-256 key of the device's own, wherever it is kept: flash, key slot, secure element. */
class Es256Key {
 public:
  /** ECDSA with SHA-256 over the message; `signature` gets r and s, 64 bytes (RFC 7518 §3.4). False when it failed. */
  virtual bool sign(const uint8_t* message, size_t size, uint8_t* signature) = 0;

 protected:
  ~Es256Key() = default;
};

}  // namespace connack
