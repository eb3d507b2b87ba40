#pragma once
#include "connack/wire_http_client.h"
#include "host_options.h"
#include "mbedtls_wire.h"
#include "posix_wire.h"

namespace connack {

/** One wire to the broker, with TLS or without; of a check-in's brokers, port 8883 alone is with TLS. */
class BrokerWire final : public Wire {
 public:
  BrokerWire(const HostOptions& options, Wire& plain, Wire& secure) : options_(options), plain_(plain), secure_(secure) {}
  bool open(const char* host, uint16_t port) override {
    const bool isTls = options_.isTls || (options_.checkInUrl != nullptr && port == 8883);
    current_ = isTls ? &secure_ : &plain_;
    return current_->open(host, port);
  }
  WireState state() override { return current_->state(); }
  int32_t write(const uint8_t* bytes, size_t size) override { return current_->write(bytes, size); }
  int32_t read(uint8_t* bytes, size_t size) override { return current_->read(bytes, size); }
  void close() override { current_->close(); }
  int32_t lastError() override { return current_->lastError(); }

 private:
  const HostOptions& options_;
  Wire& plain_;
  Wire& secure_;
  Wire* current_ = &plain_;
};

/** What connects to the broker, and what asks for credentials: the old connection stays until the new ones are there. */
struct HostWires {
  explicit HostWires(const HostOptions& options) : broker(options, plain, secure) {}
  bool loadCa(const char* file) { return secure.loadCa(file) && secureHttp.loadCa(file); }

  PosixWire plain;
  PosixWire underTls;
  MbedtlsWire secure{underTls};
  BrokerWire broker;
  PosixWire plainHttp;
  PosixWire underHttps;
  MbedtlsWire secureHttp{underHttps};
  WireHttpClient http{&plainHttp, &secureHttp};
};

}  // namespace connack
