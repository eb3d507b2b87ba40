#pragma once
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <mbedtls/x509_crt.h>

#include "connack/wire.h"

namespace connack {

/** TLS 1.2 or later over another wire; the certificate has to be signed by one of `loadCa` and to hold the host's name. */
class MbedtlsWire final : public Wire {
 public:
  explicit MbedtlsWire(Wire& inner);
  MbedtlsWire(const MbedtlsWire&) = delete;
  MbedtlsWire& operator=(const MbedtlsWire&) = delete;
  ~MbedtlsWire();

  /** PEM, of one or more. False where it is none: nothing is opened then. */
  bool loadCa(const char* file);

  bool open(const char* host, uint16_t port) override;
  WireState state() override;
  int32_t write(const uint8_t* bytes, size_t size) override;
  int32_t read(uint8_t* bytes, size_t size) override;
  void close() override;
  /** mbedTLS's number, below zero; -9984 (0x2700) for a certificate that is not to be trusted. Before TLS, the inner wire's. */
  int32_t lastError() override { return error_ != 0 ? error_ : inner_.lastError(); }

 private:
  enum class Phase : uint8_t { closed, opening, greeting, open };
  static int sendSome(void* self, const unsigned char* bytes, size_t size);
  static int receiveSome(void* self, unsigned char* bytes, size_t size);
  void greet();
  int32_t failed(int error);

  Wire& inner_;
  Phase phase_ = Phase::closed;
  bool hasCa_ = false;
  /** Bytes of a write that mbedTLS has taken and could not send: it wants to be asked with the same ones again. */
  size_t unsent_ = 0;
  int32_t error_ = 0;
  mbedtls_entropy_context entropy_;
  mbedtls_ctr_drbg_context random_;
  mbedtls_x509_crt ca_;
  mbedtls_ssl_config config_;
  mbedtls_ssl_context ssl_;
};

}  // namespace connack
