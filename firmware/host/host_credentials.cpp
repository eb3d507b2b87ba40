#include "host_credentials.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <unistd.h>

#include <new>

#include "connack/es256_public_key.h"

namespace connack {

namespace {

void fillRandom(uint8_t* bytes, size_t size) {
  // A key of half-random bytes would be worse than no program.
  if (getrandom(bytes, size, 0) != static_cast<ssize_t>(size)) abort();
}

}  // namespace

HostCredentials::HostCredentials(const HostOptions& options, HttpClient& http)
    : options_(options), http_(http), key_(fillRandom) {}

HostCredentials::~HostCredentials() { explicit_bzero(secret_, sizeof(secret_)); }

bool HostCredentials::load() {
  const TextView kind(options_.credential);
  MintedJwtOptions jwt;
  jwt.deviceId = options_.deviceId;
  jwt.clientId = options_.clientId;
  jwt.username = options_.username;
  jwt.issuer = options_.issuer;
  jwt.audience = options_.audience;
  jwt.kid = options_.kid;
  jwt.lifetimeSeconds = static_cast<uint32_t>(options_.lifetimeSeconds);
  static_assert(sizeof(SharedSecretJwt) <= sizeof(place_) && sizeof(IssuedCredentials) <= sizeof(place_), "place_ is too small");
  static_assert(sizeof(TokenEndpoint) <= sizeof(place_) && sizeof(XiaozhiCheckIn) <= sizeof(place_), "place_ is too small");
  static_assert(sizeof(DeviceKeyJwt) <= sizeof(place_) && sizeof(KeyPairJwt) <= sizeof(place_), "place_ is too small");
  if (kind == TextView("key-pair")) {
    if (!loadKey()) return false;
    source_ = new (place_) KeyPairJwt(jwt, key_);
    return true;
  }
  if (kind == TextView("check-in")) return loadCheckIn();
  const bool isShared = kind == TextView("shared-secret");
  const bool isDeviceKey = kind == TextView("device-key");
  const bool isEndpoint = kind == TextView("token-endpoint");
  if (!isShared && !isDeviceKey && !isEndpoint && kind != TextView("issued")) {
    fprintf(stderr, "--credential: shared-secret, device-key, key-pair, issued, token-endpoint or check-in, not %s\n", options_.credential);
    return false;
  }
  if (isEndpoint && options_.tokenUrl == nullptr) {
    fprintf(stderr, "--credential token-endpoint needs --token-url\n");
    return false;
  }
  if (!readSecret()) return false;
  if (isEndpoint) {
    TokenEndpointOptions endpoint;
    endpoint.url = options_.tokenUrl;
    endpoint.deviceId = options_.deviceId;
    endpoint.clientId = options_.clientId;
    endpoint.username = options_.username;
    endpoint.clientSecret = secret_;
    endpoint.allowInsecure = options_.isInsecureAllowed;
    source_ = new (place_) TokenEndpoint(endpoint, http_);
    return true;
  }
  const TextView secret(secret_, secretSize_);
  if (isShared) source_ = new (place_) SharedSecretJwt(jwt, hmac_, secret);
  else if (isDeviceKey) source_ = new (place_) DeviceKeyJwt(jwt, hmac_, secret);
  else source_ = new (place_) IssuedCredentials(jwt.clientId == nullptr ? jwt.deviceId : jwt.clientId, jwt.username == nullptr ? jwt.deviceId : jwt.username, secret);
  return true;
}

bool HostCredentials::loadCheckIn() {
  if (options_.checkInUrl == nullptr || options_.mac == nullptr || options_.uuid == nullptr) {
    fprintf(stderr, "--credential check-in needs --check-in-url, --mac and --uuid\n");
    return false;
  }
  XiaozhiCheckInOptions checkIn;
  checkIn.url = options_.checkInUrl;
  checkIn.mac = options_.mac;
  checkIn.uuid = options_.uuid;
  checkIn.allowInsecure = options_.isInsecureAllowed;
  source_ = new (place_) XiaozhiCheckIn(checkIn, http_);
  return true;
}

bool HostCredentials::readSecret() {
  const char* fromEnvironment = getenv("CONNACK_DEVICE_SECRET");
  if (options_.secretFile == nullptr) {
    const TextView secret(fromEnvironment);
    if (secret.isEmpty() || secret.size >= sizeof(secret_)) {
      fprintf(stderr, "No secret: --secret-file or CONNACK_DEVICE_SECRET is needed\n");
      return false;
    }
    memcpy(secret_, secret.data, secret.size);
    secretSize_ = secret.size;
    return true;
  }
  const int file = open(options_.secretFile, O_RDONLY | O_CLOEXEC);
  const ssize_t got = file < 0 ? -1 : read(file, secret_, sizeof(secret_));
  if (file >= 0) close(file);
  secretSize_ = got < 0 ? 0 : static_cast<size_t>(got);
  // Editors and openssl end files with a new line; it is no part of the secret.
  while (secretSize_ > 0 && (secret_[secretSize_ - 1] == '\n' || secret_[secretSize_ - 1] == '\r')) secretSize_--;
  if (secretSize_ > 0 && secretSize_ < sizeof(secret_)) return true;
  fprintf(stderr, "No secret in %s: it cannot be read, is empty, or is longer than 2047 bytes\n", options_.secretFile);
  return false;
}

bool HostCredentials::loadKey() {
  if (options_.keyFolder == nullptr) {
    fprintf(stderr, "--credential key-pair needs --key-folder\n");
    return false;
  }
  PosixStorage storage(options_.keyFolder);
  if (key_.loadOrGenerate(storage)) return true;
  fprintf(stderr, "The key in %s can neither be read nor made\n", options_.keyFolder);
  return false;
}

bool HostCredentials::printPublicKey() {
  uint8_t point[65];
  if (!loadKey() || !key_.publicPoint(point)) return false;
  TextBuffer<256> pem;
  writeEs256PublicPem(pem, point);
  fputs(pem.data(), stdout);
  return true;
}

}  // namespace connack
