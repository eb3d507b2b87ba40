#pragma once
#include "connack/issued_credentials.h"
#include "connack/minted_jwt.h"
#include "connack/token_endpoint.h"
#include "connack/xiaozhi_check_in.h"
#include "host_options.h"
#include "mbedtls_crypto.h"
#include "posix_storage.h"

namespace connack {

/** The credentials that the options ask for. They do not leave it, and end with it. */
class HostCredentials {
 public:
  HostCredentials(const HostOptions& options, HttpClient& http);
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
  bool loadCheckIn();

  const HostOptions& options_;
  HttpClient& http_;
  char secret_[2048] = {};
  size_t secretSize_ = 0;
  MbedtlsHmac hmac_;
  MbedtlsEs256Key key_;
  CredentialSource* source_ = nullptr;
  // At most one of them is made, where it is kept.
  alignas(max_align_t) uint8_t place_[4096] = {};
};

}  // namespace connack
