#pragma once
#include <stdlib.h>

#include <random>
#include <string>
#include <vector>

#include "connack/device.h"
#include "fake_broker.h"

/** All that is around a device, by hand: time, network, broker, credentials. Nothing in it waits. */
struct FakeWorld final : connack::Wire,
                         connack::Clock,
                         connack::Random,
                         connack::Board,
                         connack::CredentialSource,
                         connack::DeviceListener {
  static constexpr int64_t builtAt = 1800000000;

  explicit FakeWorld(uint32_t seed) : dice(seed) {}

  FakeBroker broker;
  std::mt19937 dice;
  std::vector<std::string> complaints;
  void complain(const std::string& what) { complaints.push_back(what); }
  /** 0 to below - 1. */
  uint32_t roll(uint32_t below) { return static_cast<uint32_t>(dice() % below); }

  // Time
  uint64_t sinceStartMs = 0;
  uint32_t monotonicStart = 0;
  bool isSntpDone = true;
  bool isSntpToldYet = false;
  /** Seconds that the wall clock is off the true time. */
  int64_t wallOff = 0;
  int64_t trueSeconds() const { return builtAt + 1000 + static_cast<int64_t>(sinceStartMs / 1000); }
  uint32_t monotonicMs() override { return monotonicStart + static_cast<uint32_t>(sinceStartMs); }
  int64_t wallSeconds() override { return isSntpDone ? trueSeconds() + wallOff : static_cast<int64_t>(sinceStartMs / 1000); }
  bool isSynchronised() override {
    // True once only, as ESP-IDF's is.
    if (!isSntpDone || isSntpToldYet) return false;
    isSntpToldYet = true;
    return true;
  }

  // Random, Board
  uint32_t next() override { return static_cast<uint32_t>(dice()); }
  bool hasNetwork = true;
  bool isNetworkUp() override { return hasNetwork; }
  int32_t rssi() override { return -61; }
  uint32_t freeHeap() override { return 212345; }

  // Wire
  bool opensAtOnce = true;
  bool canOpen = true;
  bool isDead = false;  // bytes go nowhere, and nobody says so
  uint32_t opensInMs = 0;
  uint32_t latencyMs = 0;
  bool isFragmenting = false;
  bool isStuck = false;  // takes no bytes
  int opens = 0;
  connack::WireState wire = connack::WireState::closed;
  uint64_t openAt = 0;
  uint64_t readableAt = 0;
  bool isCut = false;
  const connack::Device* device = nullptr;
  int abruptInRefresh = 0;
  /** Garbage was put into this connection. */
  bool isSpoilt = false;

  bool open(const char* host, uint16_t port) override {
    if (std::string(host) != "broker.example.org" || port != 1883) complain("another host or port");
    if (wire != connack::WireState::closed || broker.isOpen()) complain("a connection is opened beside another one");
    opens++;
    isCut = false;
    isSpoilt = false;
    if (!opensAtOnce) return false;
    wire = connack::WireState::opening;
    openAt = sinceStartMs + opensInMs;
    return true;
  }

  connack::WireState state() override {
    if (wire == connack::WireState::opening && sinceStartMs >= openAt) {
      if (canOpen && hasNetwork && !isDead) {
        wire = connack::WireState::open;
        broker.opened();
      } else if (!isDead) {
        wire = connack::WireState::closed;
      }
    }
    if (isCut && broker.out.empty()) wire = connack::WireState::closed;
    return wire;
  }

  int32_t write(const uint8_t* bytes, size_t size) override {
    if (wire != connack::WireState::open) complain("written to a wire that is not open");
    if (size == 0) complain("nothing is written");
    if (isDead) return static_cast<int32_t>(size);
    if (isStuck) return 0;
    if (isCut) return -1;
    const size_t accepted = isFragmenting ? roll(static_cast<uint32_t>(size) + 1) : size;
    if (accepted > 0) {
      if (broker.out.empty()) readableAt = sinceStartMs + latencyMs;
      broker.receive(bytes, accepted);
    }
    return static_cast<int32_t>(accepted);
  }

  int32_t read(uint8_t* bytes, size_t size) override {
    if (wire != connack::WireState::open) complain("read from a wire that is not open");
    if (isDead) return 0;
    const bool isNow = sinceStartMs >= readableAt;
    if (broker.out.empty()) {
      if (isCut || broker.wantsClose()) return -1;
      return 0;
    }
    if (!isNow) return 0;
    size_t count = broker.out.size() < size ? broker.out.size() : size;
    if (isFragmenting) count = roll(static_cast<uint32_t>(count) + 1);
    for (size_t i = 0; i < count; i++) {
      bytes[i] = broker.out.front();
      broker.out.pop_front();
    }
    return static_cast<int32_t>(count);
  }

  void close() override {
    const bool isAbrupt = wire == connack::WireState::open && broker.isIn() && !broker.wantsClose() && !isCut && !isDead && !isSpoilt;
    if (isAbrupt && device != nullptr && device->state() == connack::DeviceState::refreshing) abruptInRefresh++;
    wire = connack::WireState::closed;
    // A device that is gone without a trace is noticed by the broker some time; for its will that is the same.
    broker.closed();
  }

  int32_t lastError() override { return 111; }

  /** The network drops the connection: what is on its way is lost, both sides see it end. */
  void cut() {
    broker.out.clear();
    isCut = true;
    broker.closed();
  }

  // CredentialSource: passwords `exp:<expiry by the device's clock>:<number>`
  bool wantsClock = true;
  uint32_t lifetime = 3600;
  int taken = 0;
  int discards = 0;
  int failsToPrepare = 0;
  int pendingTurns = 0;
  int turnsLeft = -1;
  std::string clientId = "sensor-1";
  bool hasWarning = false;

  const char* name() const override { return "test credentials"; }
  bool needsClock() const override { return wantsClock; }
  connack::Readiness prepare(int64_t now) override {
    if (wantsClock && now == 0) complain("asked for credentials without a time");
    if (turnsLeft < 0) turnsLeft = pendingTurns;
    if (turnsLeft-- > 0) return connack::Readiness::pending;
    if (failsToPrepare > 0) {
      failsToPrepare--;
      return connack::Readiness::failed;
    }
    return connack::Readiness::ready;
  }
  bool take(int64_t now, connack::Credentials& out) override {
    if (wantsClock && !(isSntpDone && isSntpToldYet && wallSeconds() >= builtAt && now == wallSeconds())) complain("made without the right time");
    taken++;
    const int64_t expiry = lifetime == 0 ? 0 : now + lifetime;
    const std::string password = "exp:" + std::to_string(expiry) + ":" + std::to_string(taken);
    connack::copyText(out.clientId, sizeof(out.clientId), clientId.c_str());
    connack::copyText(out.username, sizeof(out.username), "user-1");
    connack::copyText(out.password, sizeof(out.password), password.c_str());
    out.expiresAt = expiry;
    return true;
  }
  void discard() override { discards++; }
  void cancel() override { turnsLeft = -1; }
  const char* problem() const override { return "none today"; }
  const char* warning() const override { return hasWarning ? "a warning" : nullptr; }

  // DeviceListener
  std::vector<connack::DeviceState> states;
  std::vector<std::string> reports;
  std::vector<std::string> received;
  void onState(connack::DeviceState state) override { states.push_back(state); }
  void onReport(const char* line) override {
    reports.push_back(line);
    if (std::string(line).find("exp:") != std::string::npos) complain("a report holds the password");
  }
  void onMessage(connack::TextView topic, const uint8_t* payload, size_t size, bool isRetained) override {
    received.push_back(std::string(topic.data, topic.size) + " " + std::string(reinterpret_cast<const char*>(payload), size) + (isRetained ? " retained" : ""));
  }

  connack::DevicePorts ports() { return connack::DevicePorts{*this, *this, *this, *this, *this, *this}; }

  static connack::DeviceOptions options() {
    static connack::Will will;
    will.topic = "devices/sensor-1/status";
    will.payload = "offline";
    connack::DeviceOptions options;
    options.host = "broker.example.org";
    options.port = 1883;
    options.builtAt = builtAt;
    options.mqtt.will = &will;
    return options;
  }

  /** A poll each `stepMs` for `ms`. */
  void run(connack::Device& polled, uint64_t ms, uint32_t stepMs = 50) {
    const uint64_t end = sinceStartMs + ms;
    while (sinceStartMs < end) {
      polled.poll();
      sinceStartMs += stepMs;
    }
  }
};
