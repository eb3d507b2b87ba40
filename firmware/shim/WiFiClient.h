#pragma once
#include "Client.h"

// 3.x: libraries/Network/src/NetworkClient.h (WiFiClient is another name of NetworkClient); 2.x: libraries/WiFi/src/WiFiClient.h.
class ESPLwIPClient : public Client {
 public:
  using Client::connect;
  virtual int connect(const char* host, uint16_t port, int32_t timeout) = 0;
};

class WiFiClient : public ESPLwIPClient {
 public:
  WiFiClient() = default;
  WiFiClient(const WiFiClient&) = delete;
  WiFiClient& operator=(const WiFiClient&) = delete;
  ~WiFiClient() override;
  int connect(const char* host, uint16_t port) override;
  /** 1, or 0 when it could not. Waits. */
  int connect(const char* host, uint16_t port, int32_t timeout_ms) override;
  /** All of it, waiting up to 10 s; 0 when none could be sent. An error stops the client. */
  size_t write(const uint8_t* buf, size_t size) override;
  int available() override;
  /** -1 without a connection, 0 without bytes. */
  int read(uint8_t* buf, size_t size) override;
  void stop() override;
  /** Looks at the socket, not at the bytes that are held already. */
  uint8_t connected() override;

 protected:
  virtual bool greet(const char* /*host*/, int32_t /*timeoutMs*/) { return true; }
  int socket_ = -1;

 private:
  bool isThere();
  /** The core takes up to 1436 bytes from the socket at once and holds them. */
  uint8_t held_[1436] = {};
  size_t heldAt_ = 0;
  size_t heldSize_ = 0;
  uint32_t networkEpoch_ = 0;
};
