#include "connack/device.h"
#include "connack/minted_jwt.h"

/** A sensor as people build it, with ports that do nothing: linked to see what the core takes on a chip. */
namespace {

struct Ports final : connack::Wire, connack::Clock, connack::Random, connack::Board, connack::DeviceListener, connack::HmacSha256 {
  bool open(const char*, uint16_t) override { return false; }
  connack::WireState state() override { return connack::WireState::closed; }
  int32_t write(const uint8_t*, size_t) override { return -1; }
  int32_t read(uint8_t*, size_t) override { return -1; }
  void close() override {}
  uint32_t monotonicMs() override { return now++; }
  int64_t wallSeconds() override { return 0; }
  bool isSynchronised() override { return false; }
  uint32_t next() override { return now; }
  bool isNetworkUp() override { return true; }
  int32_t rssi() override { return 0; }
  uint32_t freeHeap() override { return 0; }
  bool sign(const uint8_t*, size_t, const uint8_t*, size_t, uint8_t*) override { return false; }
  uint32_t now = 0;
};

Ports ports;
connack::FailureLog failures;

connack::MintedJwtOptions jwt() {
  connack::MintedJwtOptions options;
  options.deviceId = "sensor-1";
  return options;
}

connack::DeviceOptions options() {
  connack::DeviceOptions options;
  options.host = "broker.example.org";
  return options;
}

connack::DeviceKeyJwt credentials(jwt(), ports, "");
connack::Device device({ports, ports, ports, ports, credentials, ports, nullptr, &failures}, options());

}  // namespace

/** So that no linker finds out that nothing happens. */
volatile bool isOn = true;

int main() {
  while (isOn) {
    device.poll();
    device.publish("t", "1");
  }
  device.stop();
  return 0;
}
