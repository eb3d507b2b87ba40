#include "mbedtls_crypto.h"

#if !CONNACK_PSA
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/sha256.h>
#endif

namespace connack {

namespace {

const char keyName[] = "es256_key";
const size_t scalarSize = 32;

/** `memset` that the compiler keeps. */
void wipe(void* bytes, size_t size) {
  volatile uint8_t* at = static_cast<volatile uint8_t*>(bytes);
  for (size_t i = 0; i < size; i++) at[i] = 0;
}

}  // namespace

bool MbedtlsEs256Key::loadOrGenerate(Storage& storage) {
  uint8_t scalar[scalarSize];
  const int32_t size = storage.load(keyName, reinterpret_cast<char*>(scalar), sizeof(scalar));
  bool isLoaded = size == static_cast<int32_t>(sizeof(scalar)) && load(scalar);
  // A key that is there and damaged is not replaced: the server knows the old one, and a person has to decide.
  if (size < 0) {
    const bool isKept = generate(scalar) && storage.save(keyName, TextView(reinterpret_cast<char*>(scalar), sizeof(scalar)));
    if (!isKept) unload();
    isLoaded = isKept;
  }
  wipe(scalar, sizeof(scalar));
  return isLoaded;
}

#if CONNACK_PSA

namespace {

psa_key_attributes_t pairAttributes() {
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
  psa_set_key_bits(&attributes, 256);
  psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
  return attributes;
}

}  // namespace

bool MbedtlsHmac::sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) {
  if (psa_crypto_init() != PSA_SUCCESS) return false;
  psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
  psa_set_key_type(&attributes, PSA_KEY_TYPE_HMAC);
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
  psa_set_key_algorithm(&attributes, PSA_ALG_HMAC(PSA_ALG_SHA_256));
  psa_key_id_t id = 0;
  if (psa_import_key(&attributes, key, keySize, &id) != PSA_SUCCESS) return false;
  size_t macSize = 0;
  const psa_status_t status = psa_mac_compute(id, PSA_ALG_HMAC(PSA_ALG_SHA_256), message, size, mac, 32, &macSize);
  psa_destroy_key(id);
  return status == PSA_SUCCESS && macSize == 32;
}

bool MbedtlsEs256Key::load(const uint8_t* scalar) {
  unload();
  if (psa_crypto_init() != PSA_SUCCESS) return false;
  psa_key_attributes_t attributes = pairAttributes();
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE);
  isLoaded_ = psa_import_key(&attributes, scalar, scalarSize, &key_) == PSA_SUCCESS;
  return isLoaded_;
}

bool MbedtlsEs256Key::generate(uint8_t* scalar) {
  unload();
  if (psa_crypto_init() != PSA_SUCCESS) return false;
  psa_key_attributes_t attributes = pairAttributes();
  psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
  psa_key_id_t fresh = 0;
  if (psa_generate_key(&attributes, &fresh) != PSA_SUCCESS) return false;
  size_t size = 0;
  const psa_status_t status = psa_export_key(fresh, scalar, scalarSize, &size);
  psa_destroy_key(fresh);
  // Loaded again without the right to be exported.
  return status == PSA_SUCCESS && size == scalarSize && load(scalar);
}

bool MbedtlsEs256Key::publicPoint(uint8_t* point) {
  size_t size = 0;
  return isLoaded_ && psa_export_public_key(key_, point, 65, &size) == PSA_SUCCESS && size == 65;
}

bool MbedtlsEs256Key::sign(const uint8_t* message, size_t size, uint8_t* signature) {
  size_t signatureSize = 0;
  return isLoaded_ &&
         psa_sign_message(key_, PSA_ALG_ECDSA(PSA_ALG_SHA_256), message, size, signature, 64, &signatureSize) == PSA_SUCCESS &&
         signatureSize == 64;
}

void MbedtlsEs256Key::unload() {
  if (isLoaded_) psa_destroy_key(key_);
  isLoaded_ = false;
}

#else

namespace {

int fillFor(void* fill, unsigned char* bytes, size_t size) {
  (*static_cast<FillRandom*>(fill))(bytes, size);
  return 0;
}

/** The curve, with a private key and its public point; freed by itself. */
struct Curve {
  mbedtls_ecp_group group;
  mbedtls_mpi scalar;
  mbedtls_ecp_point point;
  Curve() {
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&scalar);
    mbedtls_ecp_point_init(&point);
  }
  ~Curve() {
    mbedtls_ecp_group_free(&group);
    mbedtls_mpi_free(&scalar);
    mbedtls_ecp_point_free(&point);
  }
  Curve(const Curve&) = delete;
  Curve& operator=(const Curve&) = delete;

  bool load(const uint8_t* bytes) {
    return mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
           mbedtls_mpi_read_binary(&scalar, bytes, scalarSize) == 0 && mbedtls_ecp_check_privkey(&group, &scalar) == 0;
  }
};

}  // namespace

bool MbedtlsHmac::sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) {
  const mbedtls_md_info_t* sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  return sha256 != nullptr && mbedtls_md_hmac(sha256, key, keySize, message, size, mac) == 0;
}

bool MbedtlsEs256Key::load(const uint8_t* scalar) {
  unload();
  Curve curve;
  if (!curve.load(scalar)) return false;
  memcpy(scalar_, scalar, sizeof(scalar_));
  isLoaded_ = true;
  return true;
}

bool MbedtlsEs256Key::generate(uint8_t* scalar) {
  Curve curve;
  return mbedtls_ecp_group_load(&curve.group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
         mbedtls_ecp_gen_keypair(&curve.group, &curve.scalar, &curve.point, fillFor, &fillRandom_) == 0 &&
         mbedtls_mpi_write_binary(&curve.scalar, scalar, scalarSize) == 0 && load(scalar);
}

bool MbedtlsEs256Key::publicPoint(uint8_t* point) {
  Curve curve;
  size_t size = 0;
  return isLoaded_ && curve.load(scalar_) &&
         mbedtls_ecp_mul(&curve.group, &curve.point, &curve.scalar, &curve.group.G, fillFor, &fillRandom_) == 0 &&
         mbedtls_ecp_point_write_binary(&curve.group, &curve.point, MBEDTLS_ECP_PF_UNCOMPRESSED, &size, point, 65) == 0 &&
         size == 65;
}

bool MbedtlsEs256Key::sign(const uint8_t* message, size_t size, uint8_t* signature) {
  uint8_t hash[32];
  const mbedtls_md_info_t* sha256 = mbedtls_md_info_from_type(MBEDTLS_MD_SHA256);
  Curve curve;
  if (!isLoaded_ || sha256 == nullptr || mbedtls_md(sha256, message, size, hash) != 0 || !curve.load(scalar_)) return false;
  mbedtls_mpi r;
  mbedtls_mpi s;
  mbedtls_mpi_init(&r);
  mbedtls_mpi_init(&s);
  const bool isSigned =
      mbedtls_ecdsa_sign(&curve.group, &r, &s, &curve.scalar, hash, sizeof(hash), fillFor, &fillRandom_) == 0 &&
      mbedtls_mpi_write_binary(&r, signature, 32) == 0 && mbedtls_mpi_write_binary(&s, signature + 32, 32) == 0;
  mbedtls_mpi_free(&r);
  mbedtls_mpi_free(&s);
  return isSigned;
}

void MbedtlsEs256Key::unload() {
  wipe(scalar_, sizeof(scalar_));
  isLoaded_ = false;
}

#endif

}  // namespace connack
