#pragma once
#include <WiFiClient.h>

#include "connack/wire.h"

namespace connack {

/**
 * TCP by `WiFiClient`, TLS by `WiFiClientSecure`; both are there in the Arduino cores 2.x and 3.x. `open` waits, up to
 * `timeoutMs` and again as long for the handshake; the client waits on a socket and lets other tasks run.
 */
class ArduinoWire final : public Wire {
 public:
  /** Of the last connection: what mbedTLS said, or 0. */
  using LastError = int32_t (*)();

  ArduinoWire(WiFiClient& client, int32_t timeoutMs, LastError lastTlsError)
      : client_(client), timeoutMs_(timeoutMs), lastError_(lastTlsError) {}

  bool open(const char* host, uint16_t port) override { return client_.connect(host, port, timeoutMs_) == 1; }

  WireState state() override {
    // Bytes that the client holds are read first: connected() looks at the socket alone.
    return client_.available() > 0 || client_.connected() ? WireState::open : WireState::closed;
  }

  int32_t write(const uint8_t* bytes, size_t size) override {
    const size_t wrote = client_.write(bytes, size);
    if (wrote > 0) return static_cast<int32_t>(wrote);
    return client_.connected() ? 0 : -1;
  }

  int32_t read(uint8_t* bytes, size_t size) override {
    const int there = client_.available();
    if (there <= 0) return client_.connected() ? 0 : -1;
    const size_t wanted = static_cast<size_t>(there);
    // -1 and 0 both may mean nothing: the cores differ.
    const int got = client_.read(bytes, wanted < size ? wanted : size);
    if (got > 0) return got;
    return client_.connected() ? 0 : -1;
  }

  void close() override { client_.stop(); }
  int32_t lastError() override { return lastError_(); }

 private:
  WiFiClient& client_;
  int32_t timeoutMs_;
  LastError lastError_;
};

}  // namespace connack
