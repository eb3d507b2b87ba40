#include "mbedtls_wire.h"

#include <mbedtls/net_sockets.h>

namespace connack {

namespace {

bool wantsMore(int result) { return result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE; }

}  // namespace

MbedtlsWire::MbedtlsWire(Wire& inner) : inner_(inner) {
  mbedtls_entropy_init(&entropy_);
  mbedtls_ctr_drbg_init(&random_);
  mbedtls_x509_crt_init(&ca_);
  mbedtls_ssl_config_init(&config_);
  mbedtls_ssl_init(&ssl_);
}

MbedtlsWire::~MbedtlsWire() {
  close();
  mbedtls_ssl_config_free(&config_);
  mbedtls_x509_crt_free(&ca_);
  mbedtls_ctr_drbg_free(&random_);
  mbedtls_entropy_free(&entropy_);
}

bool MbedtlsWire::loadCa(const char* file) {
  const bool isReady =
      mbedtls_ctr_drbg_seed(&random_, mbedtls_entropy_func, &entropy_, nullptr, 0) == 0 &&
      mbedtls_x509_crt_parse_file(&ca_, file) == 0 &&
      mbedtls_ssl_config_defaults(&config_, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT) == 0;
  if (!isReady) return false;
  mbedtls_ssl_conf_rng(&config_, mbedtls_ctr_drbg_random, &random_);
  mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&config_, &ca_, nullptr);
  // RFC 8996: nothing before 1.2.
  mbedtls_ssl_conf_min_version(&config_, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
  hasCa_ = true;
  return true;
}

bool MbedtlsWire::open(const char* host, uint16_t port) {
  close();
  error_ = 0;
  if (!hasCa_) return false;
  mbedtls_ssl_init(&ssl_);
  error_ = mbedtls_ssl_setup(&ssl_, &config_);
  if (error_ == 0) error_ = mbedtls_ssl_set_hostname(&ssl_, host);
  mbedtls_ssl_set_bio(&ssl_, this, sendSome, receiveSome, nullptr);
  if (error_ != 0 || !inner_.open(host, port)) {
    mbedtls_ssl_free(&ssl_);
    return false;
  }
  phase_ = Phase::opening;
  return true;
}

WireState MbedtlsWire::state() {
  if (phase_ == Phase::closed) return WireState::closed;
  if (phase_ == Phase::open && mbedtls_ssl_get_bytes_avail(&ssl_) > 0) return WireState::open;
  const WireState inner = inner_.state();
  if (phase_ == Phase::opening && inner == WireState::open) phase_ = Phase::greeting;
  if (phase_ == Phase::greeting) greet();
  if (phase_ == Phase::closed || inner == WireState::closed) return WireState::closed;
  return phase_ == Phase::open ? WireState::open : WireState::opening;
}

void MbedtlsWire::greet() {
  const int result = mbedtls_ssl_handshake(&ssl_);
  if (result == 0) phase_ = Phase::open;
  else if (!wantsMore(result)) failed(result);
}

int32_t MbedtlsWire::write(const uint8_t* bytes, size_t size) {
  if (phase_ != Phase::open) return -1;
  const int result = mbedtls_ssl_write(&ssl_, bytes, unsent_ > 0 && unsent_ < size ? unsent_ : size);
  if (wantsMore(result)) {
    if (unsent_ == 0) unsent_ = size;
    return 0;
  }
  unsent_ = 0;
  return result > 0 ? result : failed(result);
}

int32_t MbedtlsWire::read(uint8_t* bytes, size_t size) {
  if (phase_ != Phase::open) return -1;
  const int result = mbedtls_ssl_read(&ssl_, bytes, size);
  if (result > 0) return result;
  if (wantsMore(result)) return 0;
  // An end with or without close_notify is an end: what was sent says itself whether it is whole.
  return failed(result == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || result == MBEDTLS_ERR_SSL_CONN_EOF ? 0 : result);
}

int32_t MbedtlsWire::failed(int error) {
  phase_ = Phase::closed;
  error_ = error;
  return -1;
}

void MbedtlsWire::close() {
  if (phase_ == Phase::open) mbedtls_ssl_close_notify(&ssl_);
  phase_ = Phase::closed;
  unsent_ = 0;
  mbedtls_ssl_free(&ssl_);
  inner_.close();
}

int MbedtlsWire::sendSome(void* self, const unsigned char* bytes, size_t size) {
  const int32_t wrote = static_cast<MbedtlsWire*>(self)->inner_.write(bytes, size);
  if (wrote > 0) return wrote;
  return wrote == 0 ? MBEDTLS_ERR_SSL_WANT_WRITE : MBEDTLS_ERR_NET_CONN_RESET;
}

int MbedtlsWire::receiveSome(void* self, unsigned char* bytes, size_t size) {
  const int32_t got = static_cast<MbedtlsWire*>(self)->inner_.read(bytes, size);
  if (got > 0) return got;
  return got == 0 ? MBEDTLS_ERR_SSL_WANT_READ : 0;
}

}  // namespace connack
