#pragma once
#include "connack/wire.h"

struct addrinfo;

namespace connack {

/** TCP over sockets that never wait; only the name is looked up at once. No TLS: for this machine, or behind a tunnel. */
class PosixWire final : public Wire {
 public:
  PosixWire() = default;
  PosixWire(const PosixWire&) = delete;
  PosixWire& operator=(const PosixWire&) = delete;
  ~PosixWire() { close(); }

  bool open(const char* host, uint16_t port) override;
  WireState state() override;
  int32_t write(const uint8_t* bytes, size_t size) override;
  int32_t read(uint8_t* bytes, size_t size) override;
  void close() override;
  /** errno, or what getaddrinfo says, below zero. */
  int32_t lastError() override { return error_; }

 private:
  bool tryNextAddress();
  WireState pollOpening();

  int socket_ = -1;
  bool isOpening_ = false;
  addrinfo* addresses_ = nullptr;
  addrinfo* next_ = nullptr;
  int32_t error_ = 0;
};

}  // namespace connack
