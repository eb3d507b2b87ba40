#include <doctest/doctest.h>

#include <memory>

#include "fake_world.h"

using namespace connack;

#ifndef CONNACK_SCHEDULES
#define CONNACK_SCHEDULES 10000
#endif

namespace {

const Subscription subscriptions[] = {{"commands", 1}};

/** A life of a device with whatever goes wrong, from a seed; then calm, in which everything has to come right. */
class Schedule {
 public:
  explicit Schedule(uint32_t seed) : world_(seed) {
    DeviceOptions options = FakeWorld::options();
    options.mqtt.subscriptions = subscriptions;
    options.mqtt.subscriptionCount = 1;
    device_.reset(new Device(world_.ports(), options));
    world_.device = device_.get();
    FakeWorld& w = world_;
    w.monotonicStart = w.roll(2) == 0 ? static_cast<uint32_t>(w.dice()) : static_cast<uint32_t>(0) - w.roll(2000000);
    w.isSntpDone = w.roll(2) == 0;
    w.hasNetwork = w.roll(2) == 0;
    w.lifetime = w.roll(8) == 0 ? 0 : 20 + w.roll(w.roll(2) == 0 ? 100 : 3600);
    w.isFragmenting = w.roll(2) == 0;
    w.latencyMs = w.roll(3) * w.roll(300);
    w.opensInMs = w.roll(3) * w.roll(2000);
    w.broker.keepsSessions = w.roll(4) != 0;
    w.broker.onPublish = [this](const FakeBroker::Message& message) { return got(message); };
    w.broker.decide = [this](const FakeBroker::Connect& connect) { return decide(connect); };
  }

  /** The end of what the device said, for whoever looks into a seed. */
  std::string story() const {
    std::string lines;
    const size_t count = world_.reports.size();
    for (size_t i = count > 12 ? count - 12 : 0; i < count; i++) lines += world_.reports[i] + "\n";
    return lines;
  }

  /** What is wrong, or nothing. */
  std::string run() {
    for (int turn = 0; turn < 250; turn++) {
      misfortune();
      step();
    }
    calm();
    isCalm_ = true;
    for (int turn = 0; turn < 3000 && !isDone(); turn++) step();
    return verdict();
  }

 private:
  void step() {
    FakeWorld& w = world_;
    const DeviceState before = device_->state();
    device_->poll();
    if (before != device_->state() && device_->state() == DeviceState::waitingToTryAgain) {
      const uint32_t ms = device_->status().nextTryMs;
      if (ms < 1000 || ms > 60000) w.complain("next_try is " + std::to_string(ms));
    }
    // Its goodbye has two seconds, and a wire that takes nothing or a program that does not poll for so long get none out.
    if (isCalm_ || device_->state() == DeviceState::refreshing) w.sinceStartMs += w.roll(100);
    else w.sinceStartMs += w.roll(20) == 0 ? w.roll(30000) : w.roll(1500);
    if (isCalm_) return;
    if (w.roll(3) == 0) {
      // QoS 0 may get lost with its connection.
      const bool isSure = w.roll(8) != 0;
      const std::string payload = isSure ? std::to_string(published_) : "unsure";
      if (device_->publish("t", TextView(payload.data(), payload.size()), isSure ? 1 : 0)) (isSure ? published_ : unsure_)++;
    }
    if (w.roll(20) == 0) w.broker.send("commands", std::to_string(sent_++));
  }

  void misfortune() {
    FakeWorld& w = world_;
    switch (w.roll(25)) {
      case 0:
        // One that just goes away: no DISCONNECT was due.
        if (w.wire == WireState::open) w.cut();
        break;
      case 1:
        w.hasNetwork = !w.hasNetwork;
        if (!w.hasNetwork && w.wire == WireState::open && w.roll(2) == 0) w.cut();
        break;
      case 2:
        w.isSntpDone = true;
        break;
      case 3:
        w.wallOff = w.roll(3) == 0 ? static_cast<int64_t>(w.roll(8000)) - 4000 : 0;
        break;
      case 4:
        w.canOpen = !w.canOpen;
        break;
      case 5:
        // Bytes of a dead connection are lost: it does not come back to life.
        if (w.isDead && w.wire == WireState::open) w.cut();
        w.isDead = w.roll(3) == 0;
        break;
      case 6:
        refuses_ = static_cast<int>(w.roll(8));
        break;
      case 7:
        if (w.wire != WireState::open || !w.broker.isOpen()) break;
        w.broker.raw({static_cast<uint8_t>(w.roll(256)), static_cast<uint8_t>(w.roll(256))});
        w.isSpoilt = true;
        break;
      case 8:
        w.failsToPrepare = static_cast<int>(w.roll(4));
        w.pendingTurns = static_cast<int>(w.roll(5));
        break;
      case 9:
        device_->refresh();
        break;
      case 10:
        acknowledges_ = w.roll(2) == 0;
        break;
      case 11:
        if (w.broker.isOpen()) w.broker.close();
        break;
      case 12:
        if (w.broker.isOpen()) w.broker.send("commands", std::string(w.roll(2000), 'x')), sent_++;
        break;
      default:
        break;
    }
  }

  void calm() {
    FakeWorld& w = world_;
    if (w.isDead && w.wire == WireState::open) w.cut();
    w.isDead = false;
    w.hasNetwork = true;
    w.isSntpDone = true;
    w.wallOff = 0;
    w.canOpen = true;
    w.failsToPrepare = 0;
    w.pendingTurns = 0;
    w.latencyMs = 0;
    refuses_ = 0;
    acknowledges_ = true;
  }

  bool got(const FakeBroker::Message& message) {
    if (message.qos == 1) delivered_.insert(message.payload);
    return acknowledges_;
  }

  int decide(const FakeBroker::Connect& connect) {
    static const int codes[] = {0, 0, 4, 5, 3, 2, -1, -2};
    const int64_t expiry = atoll(connect.password.c_str() + 4);
    if (expiry != 0 && expiry <= world_.trueSeconds()) return 4;
    return codes[refuses_];
  }

  bool isDone() const { return device_->state() == DeviceState::connected && device_->queue().size() == 0 && world_.broker.pending() == 0; }

  std::string verdict() const {
    const TelemetryQueue& queue = device_->queue();
    if (!world_.complaints.empty()) return world_.complaints[0];
    if (!world_.broker.complaints.empty()) return "the broker: " + world_.broker.complaints[0];
    if (device_->state() != DeviceState::connected) return std::string("in the end it is ") + deviceStateName(device_->state());
    if (world_.abruptInRefresh > 0) return "a refresh without DISCONNECT";
    if (world_.broker.clientIds.size() > 1) return "more than one client id";
    if (queue.accepted() != published_ + unsure_) return "messages are counted wrong";
    if (queue.accepted() != queue.delivered() + queue.dropped() + queue.size()) return "messages are gone without a count";
    if (queue.size() > 0 || world_.broker.pending() > 0) return "in the end not everything is delivered";
    if (published_ - delivered_.size() > queue.dropped() + queue.size()) return "messages are lost";
    return "";
  }

  FakeWorld world_;
  std::unique_ptr<Device> device_;
  uint32_t published_ = 0;
  uint32_t unsure_ = 0;
  bool isCalm_ = false;
  int sent_ = 0;
  std::set<std::string> delivered_;
  int refuses_ = 0;
  bool acknowledges_ = true;
};

}  // namespace

TEST_CASE("random schedules: one connection at a time, nothing lost, no token before its time, no will for a refresh") {
  int failed = 0;
  for (uint32_t seed = 0; seed < CONNACK_SCHEDULES && failed < 5; seed++) {
    Schedule schedule(seed);
    const std::string wrong = schedule.run();
    if (wrong.empty()) continue;
    failed++;
    CAPTURE(seed);
    CAPTURE(schedule.story());
    CHECK(wrong == "");
  }
}
