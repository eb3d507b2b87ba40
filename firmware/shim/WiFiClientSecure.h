#pragma once
#include "WiFiClient.h"

// 3.x: libraries/NetworkClientSecure/src/NetworkClientSecure.h and its WiFiClientSecure.h; 2.x: libraries/WiFiClientSecure.
// Here it connects to nothing: TLS is the chip's.
class WiFiClientSecure : public WiFiClient {
 public:
  void setCACert(const char* rootCA);
  void setCertificate(const char* client_ca);
  void setPrivateKey(const char* private_key);
  /** Seconds. */
  void setHandshakeTimeout(unsigned long handshake_timeout);
  /** What mbedTLS said, below zero, and its text. */
  int lastError(char* buf, const size_t size);
  using WiFiClient::connect;
  int connect(const char* host, uint16_t port, int32_t timeout) override;
};
