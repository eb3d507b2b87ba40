#include <string.h>

#include "connack/mqtt_client.h"

/** A broker that says anything, to a client that is connected: no fault, whatever it says, and always an end. */
namespace {

struct FuzzWire final : connack::Wire {
  const uint8_t* data = nullptr;
  size_t left = 0;
  connack::WireState current = connack::WireState::closed;
  bool open(const char*, uint16_t) override {
    current = connack::WireState::open;
    return true;
  }
  connack::WireState state() override { return current; }
  int32_t write(const uint8_t* bytes, size_t size) override {
    uint8_t sum = 0;
    for (size_t i = 0; i < size; i++) sum = static_cast<uint8_t>(sum + bytes[i]);
    return sum % 5 == 0 ? 0 : static_cast<int32_t>(size);
  }
  int32_t read(uint8_t* bytes, size_t size) override {
    if (left == 0) return 0;
    const size_t count = left < size ? left : size;
    memcpy(bytes, data, count);
    data += count;
    left -= count;
    return static_cast<int32_t>(count);
  }
  void close() override { current = connack::WireState::closed; }
};

struct Quiet final : connack::MqttListener {
  connack::TelemetryQueue* queue = nullptr;
  void onMessage(connack::TextView topic, const uint8_t* payload, size_t size, bool) override {
    // As programs do: they answer.
    queue->put(topic, connack::TextView(reinterpret_cast<const char*>(payload), size), 1, false);
  }
  void onSubscriptionRefused(const char*) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const connack::Subscription subscriptions[] = {{"a", 1}, {"b", 0}};
  static const uint8_t connack[] = {0x20, 2, 0, 0};
  FuzzWire wire;
  Quiet listener;
  connack::TelemetryQueue queue;
  listener.queue = &queue;
  connack::MqttOptions options;
  options.subscriptions = subscriptions;
  options.subscriptionCount = 2;
  connack::MqttClient client(wire, queue, listener, options);
  connack::Credentials credentials;
  connack::copyText(credentials.clientId, sizeof(credentials.clientId), "c");
  client.connect("h", 1, credentials, 0);
  uint32_t now = 0;
  for (int i = 0; i < 20; i++) client.poll(now++);
  wire.data = connack;
  wire.left = sizeof(connack);
  for (int i = 0; i < 4; i++) client.poll(now++);
  for (int i = 0; i < 4; i++) queue.put("t", "payload", static_cast<uint8_t>(i & 1), false);
  wire.data = data;
  wire.left = size;
  for (int i = 0; i < 40; i++) client.poll(now++);
  client.disconnect(now, 100);
  for (int i = 0; i < 4; i++) client.poll(now += 50);
  if (client.state() != connack::MqttState::ended) __builtin_trap();
  return 0;
}
