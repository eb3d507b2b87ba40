#include <doctest/doctest.h>
#include <mbedtls/pk.h>
#include <stdio.h>

#include <map>
#include <string>

#include "connack/base64.h"
#include "connack/es256_public_key.h"
#include "connack/minted_jwt.h"
#include "mbedtls_crypto.h"
#include "software_hmac.h"

using namespace connack;

/** The port to mbedTLS, once over PSA and once over the old functions: see the two programs of the Makefile. */
namespace {

void fillRandom(uint8_t* bytes, size_t size) {
  FILE* file = fopen("/dev/urandom", "rb");
  REQUIRE(file != nullptr);
  REQUIRE(fread(bytes, 1, size, file) == size);
  fclose(file);
}

struct MapStorage final : Storage {
  int32_t load(const char* name, char* value, size_t capacity) override {
    const auto at = values.find(name);
    if (at == values.end() || at->second.size() > capacity) return -1;
    memcpy(value, at->second.data(), at->second.size());
    return static_cast<int32_t>(at->second.size());
  }
  bool save(const char* name, TextView value) override {
    if (!isWritable) return false;
    values[name] = std::string(value.data, value.size);
    return true;
  }
  std::map<std::string, std::string> values;
  bool isWritable = true;
};

/** By mbedTLS's own reader and verifier, from the PEM that is registered. */
bool verifies(const std::string& pem, const std::string& message, const uint8_t* signature) {
  mbedtls_pk_context pk;
  mbedtls_pk_init(&pk);
  bool isRight = mbedtls_pk_parse_public_key(&pk, reinterpret_cast<const uint8_t*>(pem.c_str()), pem.size() + 1) == 0;
  uint8_t hash[32];
  mbedtls_md(mbedtls_md_info_from_type(MBEDTLS_MD_SHA256), reinterpret_cast<const uint8_t*>(message.data()), message.size(), hash);
  mbedtls_mpi r;
  mbedtls_mpi s;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  mbedtls_mpi_read_binary(&r, signature, 32);
  mbedtls_mpi_read_binary(&s, signature + 32, 32);
  if (isRight) {
    mbedtls_ecp_keypair* pair = mbedtls_pk_ec(pk);
    isRight = mbedtls_ecdsa_verify(&pair->grp, hash, sizeof(hash), &pair->Q, &r, &s) == 0;
  }
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  mbedtls_pk_free(&pk);
  return isRight;
}

std::string pemOf(MbedtlsEs256Key& key) {
  uint8_t point[65];
  REQUIRE(key.publicPoint(point));
  TextBuffer<200> pem;
  writeEs256PublicPem(pem, point);
  return pem.data();
}

}  // namespace

TEST_CASE("HMAC: mbedTLS and the one without a library agree, for keys and messages of every length around a block") {
  MbedtlsHmac mbedtls;
  SoftwareHmac software;
  uint8_t bytes[400];
  fillRandom(bytes, sizeof(bytes));
  for (size_t keySize = 1; keySize < 140; keySize += 7) {
    for (size_t size = 0; size < 200; size += 11) {
      uint8_t first[32];
      uint8_t second[32];
      REQUIRE(mbedtls.sign(bytes, keySize, bytes + 140, size, first));
      REQUIRE(software.sign(bytes, keySize, bytes + 140, size, second));
      REQUIRE(memcmp(first, second, 32) == 0);
    }
  }
}

TEST_CASE("HMAC: case 2 of RFC 4231") {
  MbedtlsHmac hmac;
  uint8_t mac[32];
  const char* message = "what do ya want for nothing?";
  REQUIRE(hmac.sign(reinterpret_cast<const uint8_t*>("Jefe"), 4, reinterpret_cast<const uint8_t*>(message), strlen(message), mac));
  TextBuffer<65> hex;
  hex.hex(mac, 32);
  CHECK(std::string(hex.data()) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_CASE("a key pair that the device makes itself, keeps, and signs tokens with") {
  MapStorage storage;
  MbedtlsEs256Key key(fillRandom);
  REQUIRE(key.loadOrGenerate(storage));
  REQUIRE(storage.values["es256_key"].size() == 32);
  const std::string pem = pemOf(key);
  MintedJwtOptions options;
  options.deviceId = "sensor-1";
  options.kid = "sensor-1";
  KeyPairJwt source(options, key);
  Credentials credentials;
  REQUIRE(source.prepare(1800000000) == Readiness::ready);
  REQUIRE(source.take(1800000000, credentials));
  const std::string token = credentials.password;
  const size_t point = token.rfind('.');
  CHECK(token.substr(0, token.find('.')) == "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6InNlbnNvci0xIn0");
  uint8_t signature[64];
  REQUIRE(readBase64url(token.c_str() + point + 1, signature, sizeof(signature)) == 64);
  CHECK(verifies(pem, token.substr(0, point), signature));
  CHECK(!verifies(pem, token.substr(0, point - 1), signature));
  CHECK(credentials.expiresAt == 1800003600);

  MbedtlsEs256Key again(fillRandom);
  REQUIRE(again.loadOrGenerate(storage));
  CHECK(pemOf(again) == pem);
  MbedtlsEs256Key other(fillRandom);
  MapStorage empty;
  REQUIRE(other.loadOrGenerate(empty));
  CHECK(pemOf(other) != pem);
}

TEST_CASE("a stored key that is damaged is not replaced; one that cannot be stored is not used") {
  MapStorage storage;
  storage.values["es256_key"] = std::string(32, '\0');
  MbedtlsEs256Key key(fillRandom);
  CHECK(!key.loadOrGenerate(storage));
  storage.values["es256_key"] = "short";
  CHECK(!key.loadOrGenerate(storage));
  CHECK(storage.values["es256_key"] == "short");
  uint8_t signature[64];
  CHECK(!key.sign(reinterpret_cast<const uint8_t*>("x"), 1, signature));
  MapStorage readOnly;
  readOnly.isWritable = false;
  CHECK(!key.loadOrGenerate(readOnly));
  CHECK(!key.sign(reinterpret_cast<const uint8_t*>("x"), 1, signature));
}

TEST_CASE("minted credentials say what is wrong, and leave no half token") {
  SoftwareHmac hmac;
  Credentials credentials;
  MintedJwtOptions options;
  SharedSecretJwt nobody(options, hmac, "secret");
  CHECK(!nobody.take(1800000000, credentials));
  CHECK(std::string(nobody.problem()) == "the device id is empty");
  options.deviceId = "sensor-1";
  SharedSecretJwt shared(options, hmac, "secret");
  CHECK(shared.prepare(0) == Readiness::failed);
  CHECK(std::string(shared.problem()) == "the clock is not set");
  CHECK(shared.warning() != nullptr);
  SharedSecretJwt noSecret(options, hmac, "");
  CHECK(!noSecret.take(1800000000, credentials));
  CHECK(std::string(noSecret.problem()) == "the token could not be signed");
  DeviceKeyJwt own(options, hmac, "0123");
  CHECK(own.warning() == nullptr);
  REQUIRE(own.take(1800000000, credentials));
  const std::string large(CONNACK_MAX_PASSWORD, 'x');
  const Claim claims[] = {Claim("large", large.c_str())};
  options.claims = claims;
  options.claimCount = 1;
  DeviceKeyJwt tooLarge(options, hmac, "0123");
  CHECK(!tooLarge.take(1800000000, credentials));
  CHECK(std::string(tooLarge.problem()) == "the token is longer than CONNACK_MAX_PASSWORD");
  CHECK(std::string(credentials.password) == "");
  const std::string longName(CONNACK_MAX_USERNAME + 1, 'u');
  options.username = longName.c_str();
  DeviceKeyJwt longUser(options, hmac, "0123");
  CHECK(!longUser.take(1800000000, credentials));
}
