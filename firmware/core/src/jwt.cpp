#include "connack/jwt.h"

#include "connack/base64.h"
#include "json_escape.h"

namespace connack {

namespace {

/** Writes JSON straight into Base64url: no second buffer for the claims. */
class ClaimWriter {
 public:
  explicit ClaimWriter(TextWriter& out) : encoder_(out) { encoder_.bytes("{", 1); }

  void text(const char* name, const char* value) {
    if (value == nullptr) return;
    key(name);
    string(value);
  }

  void number(const char* name, int64_t value) {
    key(name);
    TextBuffer<24> digits;
    digits.number(value);
    encoder_.bytes(digits.data(), digits.size());
  }

  void finish() {
    encoder_.bytes("}", 1);
    encoder_.finish();
  }

 private:
  void key(const char* name) {
    if (!isFirst_) encoder_.bytes(",", 1);
    isFirst_ = false;
    string(name);
    encoder_.bytes(":", 1);
  }

  void string(const char* text) {
    encoder_.bytes("\"", 1);
    for (; *text != '\0'; text++) {
      char escaped[6];
      encoder_.bytes(escaped, escapeJson(*text, escaped));
    }
    encoder_.bytes("\"", 1);
  }

  Base64urlEncoder encoder_;
  bool isFirst_ = true;
};

/** Header and payload, with the point between them. */
void writeSigned(TextWriter& out, const char* algorithm, const JwtClaims& claims, const char* kid) {
  ClaimWriter header(out);
  header.text("alg", algorithm);
  header.text("typ", "JWT");
  header.text("kid", kid);
  header.finish();
  out.character('.');
  ClaimWriter payload(out);
  payload.text("iss", claims.issuer);
  payload.text("sub", claims.subject);
  payload.text("aud", claims.audience);
  payload.number("exp", claims.expiresAt);
  payload.number("iat", claims.issuedAt);
  for (size_t i = 0; i < claims.moreCount; i++) {
    const Claim& claim = claims.more[i];
    if (claim.text != nullptr) payload.text(claim.name, claim.text);
    else payload.number(claim.name, claim.number);
  }
  payload.finish();
}

JwtResult append(TextWriter& out, bool isSigned, const uint8_t* signature, size_t size) {
  if (!isSigned) return JwtResult::signingFailed;
  out.character('.');
  writeBase64url(out, signature, size);
  return out.fits() ? JwtResult::made : JwtResult::tooLong;
}

const uint8_t* bytesOf(TextView text) { return reinterpret_cast<const uint8_t*>(text.data); }

}  // namespace

JwtResult mintHs256(TextWriter& out, const JwtClaims& claims, HmacSha256& hmac, TextView key, const char* kid) {
  out.clear();
  writeSigned(out, "HS256", claims, kid);
  if (!out.fits()) return JwtResult::tooLong;
  uint8_t mac[32];
  // An empty key is no secret, and some libraries take it.
  const bool isSigned = !key.isEmpty() && hmac.sign(bytesOf(key), key.size, bytesOf(out.view()), out.size(), mac);
  return append(out, isSigned, mac, sizeof(mac));
}

JwtResult mintEs256(TextWriter& out, const JwtClaims& claims, Es256Key& key, const char* kid) {
  out.clear();
  writeSigned(out, "ES256", claims, kid);
  if (!out.fits()) return JwtResult::tooLong;
  uint8_t signature[64];
  const bool isSigned = key.sign(bytesOf(out.view()), out.size(), signature);
  return append(out, isSigned, signature, sizeof(signature));
}

}  // namespace connack
