#pragma once
#include "connack/issued_credentials.h"
#include "connack/minted_jwt.h"
#include "host_options.h"
#include "mbedtls_crypto.h"
#include "posix_storage.h"

namespace connack {

/** The credentials that the options ask for. They do not leave it, and end with it. */
class HostCredentials {
 public:
  explicit HostCredentials(const HostOptions& options);
  ~HostCredentials();
  HostCredentials(const HostCredentials&) = delete;
  HostCredentials& operator=(const HostCredentials&) = delete;

  /** Reads the secret or the key. False, with a line on stderr, where there is none. */
  bool load();
  CredentialSource& source() { return *source_; }
  /** PEM of the key pair, to stdout. */
  bool printPublicKey();

 private:
  bool readSecret();
  bool loadKey();

  const HostOptions& options_;
  char secret_[2048] = {};
  size_t secretSize_ = 0;
  MbedtlsHmac hmac_;
  MbedtlsEs256Key key_;
  CredentialSource* source_ = nullptr;
  // At most one of them is made, where it is kept.
  alignas(SharedSecretJwt) alignas(DeviceKeyJwt) alignas(KeyPairJwt) alignas(IssuedCredentials) uint8_t place_[256] = {};
};

}  // namespace connack
