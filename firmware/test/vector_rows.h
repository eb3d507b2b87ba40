#pragma once
#include "connack/jwt.h"

/** Rows of vectors/firmware-*.json, as vectors_to_header.py writes them. */
struct JwtVector {
  const char* title;
  const char* key;
  const char* kid;
  const char* issuer;
  const char* subject;
  const char* audience;
  int64_t expiresAt;
  int64_t issuedAt;
  const connack::Claim* more;
  size_t moreCount;
  const char* token;
};

struct BackoffVector {
  uint32_t failures;
  bool slower;
  uint32_t leastMs;
  uint32_t mostMs;
  uint32_t random;
  uint32_t waitMs;
};

struct RefreshVector {
  int64_t left;
  uint32_t everySeconds;
  uint32_t marginSeconds;
  uint32_t random;
  uint32_t inMs;
  bool hasLatest;
  int64_t latestIn;
};

struct ConnackVector {
  uint8_t code;
  const char* name;
  bool isCredential;
};

struct CheckInVector {
  const char* serverKey;
  const char* answer;
  const char* host;
  uint16_t port;
  const char* clientId;
  const char* username;
  const char* password;
  const char* publishTopic;
  const char* subscribeTopic;
};

struct DeviceKeyVector {
  const char* groupKey;
  const char* deviceId;
  const char* key;
  int64_t expiresAt;
  int64_t issuedAt;
  const char* token;
};
