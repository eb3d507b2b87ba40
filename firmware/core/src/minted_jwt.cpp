#include "connack/minted_jwt.h"

namespace connack {

Readiness MintedJwt::prepare(int64_t nowSeconds) {
  if (nowSeconds > 0) return Readiness::ready;
  problem_ = "the clock is not set";
  return Readiness::failed;
}

bool MintedJwt::take(int64_t nowSeconds, Credentials& out) {
  out.wipe();
  out.expiresAt = 0;
  const TextView deviceId(options_.deviceId);
  if (deviceId.isEmpty()) {
    problem_ = "the device id is empty";
    return false;
  }
  const TextView clientId = options_.clientId == nullptr ? deviceId : TextView(options_.clientId);
  const TextView username = options_.username == nullptr ? deviceId : TextView(options_.username);
  if (!copyText(out.clientId, sizeof(out.clientId), clientId) || !copyText(out.username, sizeof(out.username), username)) {
    problem_ = "client id or user name is too long";
    return false;
  }
  JwtClaims claims;
  claims.issuer = options_.issuer;
  claims.subject = options_.deviceId;
  claims.audience = options_.audience;
  claims.issuedAt = nowSeconds;
  claims.expiresAt = nowSeconds + options_.lifetimeSeconds;
  claims.more = options_.claims;
  claims.moreCount = options_.claimCount;
  TextWriter token(out.password, sizeof(out.password));
  const JwtResult result = mint(token, claims);
  if (result != JwtResult::made) {
    out.wipe();
    problem_ = result == JwtResult::tooLong ? "the token is longer than CONNACK_MAX_PASSWORD" : "the token could not be signed";
    return false;
  }
  out.expiresAt = claims.expiresAt;
  return true;
}

const char* SharedSecretJwt::warning() const {
  return "The secret of this device is in other devices, too: whoever reads it out of one can be any of them. "
         "A key pair or a token endpoint has no such secret.";
}

JwtResult SharedSecretJwt::mint(TextWriter& out, const JwtClaims& claims) {
  return mintHs256(out, claims, hmac_, secret_, options_.kid);
}

JwtResult DeviceKeyJwt::mint(TextWriter& out, const JwtClaims& claims) {
  return mintHs256(out, claims, hmac_, deviceKey_, options_.kid);
}

JwtResult KeyPairJwt::mint(TextWriter& out, const JwtClaims& claims) {
  return mintEs256(out, claims, key_, options_.kid);
}

}  // namespace connack
