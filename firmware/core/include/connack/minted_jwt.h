#pragma once
#include "connack/credentials.h"
#include "connack/jwt.h"

namespace connack {

/** What every token says that the device makes itself. The texts have to stay. */
struct MintedJwtOptions {
  /** Becomes `sub`. */
  const char* deviceId = nullptr;
  /** Of MQTT; default: the device id. One for the whole life of the device. */
  const char* clientId = nullptr;
  /** Of MQTT; default: the device id. */
  const char* username = nullptr;
  const char* issuer = nullptr;
  const char* audience = nullptr;
  uint32_t lifetimeSeconds = 3600;
  const char* kid = nullptr;
  const Claim* claims = nullptr;
  size_t claimCount = 0;
};

/** Tokens that the device signs itself, one for each connection; HS256 with a secret, ES256 with a key of its own. */
class MintedJwt : public CredentialSource {
 public:
  bool needsClock() const override { return true; }
  Readiness prepare(int64_t nowSeconds) override;
  bool take(int64_t nowSeconds, Credentials& out) override;
  const char* problem() const override { return problem_; }

 protected:
  explicit MintedJwt(const MintedJwtOptions& options) : options_(options) {}
  ~MintedJwt() = default;
  virtual JwtResult mint(TextWriter& out, const JwtClaims& claims) = 0;
  const MintedJwtOptions options_;

 private:
  const char* problem_ = "";
};

/** A secret that other devices have, too: whoever reads it out of one of them can be any of them. Says so at start. */
class SharedSecretJwt final : public MintedJwt {
 public:
  SharedSecretJwt(const MintedJwtOptions& options, HmacSha256& hmac, TextView secret)
      : MintedJwt(options), hmac_(hmac), secret_(secret) {}
  const char* name() const override { return "shared-secret JWT"; }
  const char* warning() const override;

 private:
  JwtResult mint(TextWriter& out, const JwtClaims& claims) override;
  HmacSha256& hmac_;
  TextView secret_;
};

/** A secret of this device alone, such as `writeDeviceKey` derives in the factory: 64 hexadecimal digits, used as text. */
class DeviceKeyJwt final : public MintedJwt {
 public:
  DeviceKeyJwt(const MintedJwtOptions& options, HmacSha256& hmac, TextView deviceKey)
      : MintedJwt(options), hmac_(hmac), deviceKey_(deviceKey) {}
  const char* name() const override { return "device-key JWT"; }

 private:
  JwtResult mint(TextWriter& out, const JwtClaims& claims) override;
  HmacSha256& hmac_;
  TextView deviceKey_;
};

/** A key pair of this device alone: nothing that is known elsewhere can be it. */
class KeyPairJwt final : public MintedJwt {
 public:
  KeyPairJwt(const MintedJwtOptions& options, Es256Key& key) : MintedJwt(options), key_(key) {}
  const char* name() const override { return "key-pair JWT"; }

 private:
  JwtResult mint(TextWriter& out, const JwtClaims& claims) override;
  Es256Key& key_;
};

}  // namespace connack
