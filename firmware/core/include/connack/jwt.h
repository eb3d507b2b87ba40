#pragma once
#include "connack/crypto.h"
#include "connack/text_writer.h"

namespace connack {

/** A claim of one's own; a JSON string, or a number where `text` is null. */
struct Claim {
  const char* name;
  const char* text;
  int64_t number;

  constexpr Claim(const char* claim, const char* value) : name(claim), text(value), number(0) {}
  constexpr Claim(const char* claim, int64_t value) : name(claim), text(nullptr), number(value) {}
};

/**
 * What a token says. The claims are written in this order: iss, sub, aud, exp, iat, then one's own; a null one is left out.
 * No issuer or audience: most verifiers then refuse it, Connack does not.
 */
struct JwtClaims {
  const char* issuer = nullptr;
  const char* subject = nullptr;
  const char* audience = nullptr;
  /** Unix seconds. */
  int64_t expiresAt = 0;
  int64_t issuedAt = 0;
  const Claim* more = nullptr;
  size_t moreCount = 0;
};

enum class JwtResult : uint8_t { made, tooLong, signingFailed };

/**
 * A signed token (RFC 7519) with the header members alg, typ and kid in this order, byte for byte the same as
 * `mintJwt` of @connack/credentials makes. @param kid id of the key, or null
 */
JwtResult mintHs256(TextWriter& out, const JwtClaims& claims, HmacSha256& hmac, TextView key, const char* kid);
JwtResult mintEs256(TextWriter& out, const JwtClaims& claims, Es256Key& key, const char* kid);

}  // namespace connack
