#pragma once
#include "connack/crypto.h"
#include "connack/storage.h"

#if defined(__has_include)
#if __has_include(<mbedtls/build_info.h>)
#include <mbedtls/build_info.h>
#elif __has_include(<mbedtls/config.h>)
#include <mbedtls/config.h>
#endif
#endif

/**
 * PSA where the build has it (mbedTLS 2.28 on the host, 3.x in ESP-IDF 5, the only interface of 4.x in ESP-IDF 6), else the
 * old functions (Arduino core 2.x). -DCONNACK_PSA=0 or 1 chooses.
 */
#ifndef CONNACK_PSA
#if defined(MBEDTLS_PSA_CRYPTO_C) || defined(MBEDTLS_PSA_CRYPTO_CLIENT)
#define CONNACK_PSA 1
#else
#define CONNACK_PSA 0
#endif
#endif

#if CONNACK_PSA
#include <psa/crypto.h>
#endif

namespace connack {

/** HMAC by mbedTLS. The key is handed over for one call and not kept. */
class MbedtlsHmac final : public HmacSha256 {
 public:
  bool sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) override;
};

/** Fills with random bytes good enough for keys: `esp_fill_random` with the radio on. PSA has its own. */
using FillRandom = void (*)(uint8_t* bytes, size_t size);

/** A P-256 key that is loaded, or made on the device so that it never was anywhere else. */
class MbedtlsEs256Key final : public Es256Key {
 public:
  explicit MbedtlsEs256Key(FillRandom fillRandom) : fillRandom_(fillRandom) {}
  MbedtlsEs256Key(const MbedtlsEs256Key&) = delete;
  MbedtlsEs256Key& operator=(const MbedtlsEs256Key&) = delete;
  ~MbedtlsEs256Key() { unload(); }

  /** @param scalar the private key, 32 bytes, big-endian */
  bool load(const uint8_t* scalar);
  /** Makes a new one, and gives its private half, 32 bytes, to be kept. */
  bool generate(uint8_t* scalar);
  /** Loads the one that is stored as `es256_key`, or makes it and stores it. */
  bool loadOrGenerate(Storage& storage);
  /** The public half, 65 bytes: 4, x, y. */
  bool publicPoint(uint8_t* point);
  bool sign(const uint8_t* message, size_t size, uint8_t* signature) override;

 private:
  void unload();

  FillRandom fillRandom_;
  bool isLoaded_ = false;
#if CONNACK_PSA
  psa_key_id_t key_ = 0;
#else
  uint8_t scalar_[32] = {};
#endif
};

}  // namespace connack
