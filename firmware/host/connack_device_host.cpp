#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "connack/device.h"
#include "host_credentials.h"
#include "host_wires.h"
#include "kept_failures.h"
#include "posix_clock.h"
#include "posix_machine.h"

/** `connack-device-host`: publishes numbered messages, and prints what the device says. */
namespace connack {

namespace {

volatile sig_atomic_t isStopAsked = 0;

/** Numbered from 1, so that whoever reads them sees what is missing. */
class Counter final : public TelemetrySource {
 public:
  Counter(const HostOptions& options, Clock& clock) : options_(options), clock_(clock) {}
  bool measure(TextWriter& topic, TextWriter& payload) override {
    if (options_.count != 0 && sequence_ >= options_.count) return false;
    sequence_++;
    if (options_.topic != nullptr) topic.text(options_.topic);
    else topic.text("devices/").text(options_.deviceId).text("/telemetry");
    payload.text("{\"sequence\":").number(sequence_).text(",\"uptime_ms\":").number(clock_.monotonicMs()).character('}');
    return true;
  }
  bool isDone() const { return options_.count != 0 && sequence_ >= options_.count; }

 private:
  const HostOptions& options_;
  Clock& clock_;
  int64_t sequence_ = 0;
};

class Printer final : public DeviceListener {
 public:
  void onState(DeviceState state) override { printf("state: %s\n", deviceStateName(state)); }
  void onReport(const char* line) override { printf("%s\n", line); }
  void onMessage(TextView topic, const uint8_t* payload, size_t size, bool /*isRetained*/) override {
    printf("message: %.*s ", static_cast<int>(topic.size), topic.data);
    fwrite(payload, 1, size, stdout);
    putchar('\n');
  }
};

DeviceOptions deviceOptions(const HostOptions& options, const Will& will, const Subscription& subscription, const char* failureTopic) {
  DeviceOptions device;
  device.host = options.host;
  device.port = static_cast<uint16_t>(options.port);
  // Whoever makes the clock wrong wants to see what comes of it.
  device.builtAt = 0;
  device.measureEveryMs = static_cast<uint32_t>(options.measureEveryMs);
  device.measureQos = static_cast<uint8_t>(options.qos);
  device.mqtt.keepAliveSeconds = static_cast<uint16_t>(options.keepAliveSeconds);
  device.mqtt.timeoutMs = static_cast<uint32_t>(options.timeoutSeconds * 1000);
  device.backoff.leastMs = static_cast<uint32_t>(options.leastWaitMs);
  device.backoff.mostMs = static_cast<uint32_t>(options.mostWaitMs);
  device.refresh.everySeconds = static_cast<uint32_t>(options.refreshEverySeconds);
  device.refresh.marginSeconds = static_cast<uint32_t>(options.refreshMarginSeconds);
  if (options.failureLog != nullptr) device.failureTopic = failureTopic;
  if (options.willTopic != nullptr) device.mqtt.will = &will;
  if (options.subscribe != nullptr) {
    device.mqtt.subscriptions = &subscription;
    device.mqtt.subscriptionCount = 1;
  }
  return device;
}

void printResult(Device& device) {
  const DeviceStatus status = device.status();
  const TelemetryQueue& queue = device.queue();
  printf("{\"clientId\":\"%s\",\"accepted\":%u,\"delivered\":%u,\"dropped\":%u,\"attempts\":%u,\"connects\":%u,\"refreshes\":%u,\"lastConnack\":%u}\n",
         status.clientId, queue.accepted(), queue.delivered(), queue.dropped(), status.attempts, status.connects,
         status.refreshes, status.lastConnack);
}

int run(const HostOptions& options) {
  HostWires wires(options);
  HostCredentials credentials(options, wires.http);
  if (options.isPublicKeyWanted) return credentials.printPublicKey() ? 0 : 78;
  if (options.caFile == nullptr ? options.isTls : !wires.loadCa(options.caFile)) {
    fprintf(stderr, "--ca-file: it is needed for TLS, and has to hold certificates in PEM\n");
    return 78;
  }
  KeptFailures failures;
  if (options.failureLog != nullptr && !failures.open(options.failureLog)) {
    fprintf(stderr, "--failure-log: %s cannot be opened\n", options.failureLog);
    return 78;
  }
  if (!credentials.load()) return 78;
  PosixClock clock(options.clockOffsetSeconds);
  PosixRandom random;
  PosixBoard board;
  Printer printer;
  Counter counter(options, clock);
  const Will will = {options.willTopic, "gone", 1, false};
  const Subscription subscription = {options.subscribe, 1};
  DevicePorts ports = {wires.broker, clock, random, board, credentials.source(), printer};
  ports.telemetry = &counter;
  ports.failures = failures.log();
  TextBuffer<160> failureTopic;
  failureTopic.text("devices/").text(options.deviceId).text("/failures");
  Device device(ports, deviceOptions(options, will, subscription, failureTopic.data()));
  while (device.state() != DeviceState::stopped) {
    device.poll();
    if (isStopAsked || (counter.isDone() && device.queue().size() == 0)) device.stop();
    ::poll(nullptr, 0, 2);
  }
  printResult(device);
  return device.queue().dropped() == 0 ? 0 : 1;
}

}  // namespace

}  // namespace connack

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  struct sigaction stop = {};
  stop.sa_handler = [](int) { connack::isStopAsked = 1; };
  sigaction(SIGTERM, &stop, nullptr);
  sigaction(SIGINT, &stop, nullptr);
  connack::HostOptions options;
  switch (connack::readHostOptions(argc, argv, options)) {
    case connack::ReadOptions::helped:
      return 0;
    case connack::ReadOptions::wrong:
      return 2;
    case connack::ReadOptions::run:
      return connack::run(options);
  }
}
