#include <doctest/doctest.h>

#include <memory>

#include "fake_world.h"

using namespace connack;

namespace {

/** A world with a device in it. */
struct Trial {
  explicit Trial(DeviceOptions options = FakeWorld::options(), FailureLog* failures = nullptr, uint32_t seed = 1) : world(seed) {
    DevicePorts ports = world.ports();
    ports.failures = failures;
    device.reset(new Device(ports, options));
    world.device = device.get();
  }
  ~Trial() {
    CHECK(world.complaints == std::vector<std::string>());
    CHECK(world.broker.complaints == std::vector<std::string>());
  }
  void run(uint64_t ms, uint32_t stepMs = 50) { world.run(*device, ms, stepMs); }
  bool runUntil(DeviceState state, uint64_t ms, uint32_t stepMs = 50) {
    for (uint64_t end = world.sinceStartMs + ms; world.sinceStartMs < end; world.sinceStartMs += stepMs) {
      device->poll();
      if (device->state() == state) return true;
    }
    return false;
  }
  std::string lastReport() const { return world.reports.empty() ? "" : world.reports.back(); }

  FakeWorld world;
  std::unique_ptr<Device> device;
};

bool startsWith(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

/** From the report: `next_try=7s`. */
int nextTry(const std::string& report) {
  const size_t at = report.find("next_try=");
  return at == std::string::npos ? -1 : atoi(report.c_str() + at + 9);
}

}  // namespace

TEST_CASE("from nothing to connected: network, time, credentials, connection") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.hasNetwork = false;
  world.isSntpDone = false;
  trial.run(1000);
  CHECK(trial.device->state() == DeviceState::waitingForNetwork);
  world.hasNetwork = true;
  trial.run(130000);
  CHECK(trial.device->state() == DeviceState::waitingForClock);
  CHECK(world.taken == 0);
  CHECK(world.reports.size() == 2);
  CHECK(startsWith(trial.lastReport(), "MQTT waits for the clock: SNTP has not finished wifi=up"));
  world.isSntpDone = true;
  world.wallOff = -2000;
  trial.run(61000);
  CHECK(trial.device->state() == DeviceState::waitingForClock);
  CHECK(startsWith(trial.lastReport(), "MQTT waits for the clock: it is before this program was built"));
  world.wallOff = 0;
  trial.run(1000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.broker.connects.size() == 1);
  const FakeBroker::Connect& connect = world.broker.connects[0];
  CHECK(connect.clientId == "sensor-1");
  CHECK(connect.username == "user-1");
  CHECK(connect.keepAlive == 60);
  CHECK(!connect.isClean);
  CHECK(connect.willTopic == "devices/sensor-1/status");
  CHECK(connect.willPayload == "offline");
  CHECK(world.states == std::vector<DeviceState>{DeviceState::waitingForClock, DeviceState::gettingCredentials, DeviceState::connecting,
                                                 DeviceState::connected});
}

TEST_CASE("a refusal for credentials: the token is dropped, a new one made, slower and slower; the report says it all but the secret") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.decide = [](const FakeBroker::Connect&) { return 4; };
  trial.device->publish("t", "1");
  REQUIRE(trial.runUntil(DeviceState::waitingToTryAgain, 5000));
  CHECK(world.discards == 1);
  const std::string report = trial.lastReport();
  CHECK(startsWith(report, "MQTT refused: 4 (bad user name or password) wifi=up rssi=-61 heap=212345 time=2027-01-15T08:16:40Z synced queued=1 attempt=1 next_try="));
  CHECK(nextTry(report) >= 1);
  CHECK(nextTry(report) <= 4);
  CHECK(trial.device->status().lastConnack == 4);
  trial.run(600000);
  CHECK(world.taken == static_cast<int>(world.broker.connects.size()));
  CHECK(world.taken >= 10);
  CHECK(world.taken < 60);
  std::set<std::string> passwords;
  for (const auto& connect : world.broker.connects) passwords.insert(connect.password);
  CHECK(passwords.size() == world.broker.connects.size());
  CHECK(world.broker.clientIds.size() == 1);
  world.broker.decide = [](const FakeBroker::Connect&) { return 0; };
  trial.run(61000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.broker.messages.size() == 1);
  CHECK(world.broker.wills == 0);
}

TEST_CASE("4, 5, 134 and 135 need new credentials; 1, 2, 3 and 137 do not") {
  for (const int code : {4, 5, 134, 135, 1, 2, 3, 137}) {
    CAPTURE(code);
    Trial trial;
    trial.world.broker.decide = [code](const FakeBroker::Connect&) { return code; };
    trial.run(60000);
    const bool isCredential = code == 4 || code == 5 || code > 133 + (code == 137 ? 10 : 0);
    CHECK(trial.world.broker.connects.size() > 2);
    CHECK((trial.world.taken > 1) == isCredential);
    CHECK((trial.world.discards > 0) == isCredential);
  }
}

TEST_CASE("a planned refresh says DISCONNECT first: no will, same client id, a new token, nothing lost") {
  DeviceOptions options = FakeWorld::options();
  Trial trial(options);
  FakeWorld& world = trial.world;
  world.latencyMs = 30;
  int number = 0;
  for (int i = 0; i < 4 * 3600; i++) {
    if (i % 10 == 0) CHECK(trial.device->publish("t", std::to_string(number++).c_str()));
    trial.run(1000, 250);
  }
  trial.run(5000);
  CHECK(trial.device->status().refreshes >= 8);
  CHECK(trial.device->status().refreshes <= 9);
  CHECK(world.broker.wills == 0);
  CHECK(world.broker.goodbyes == static_cast<int>(trial.device->status().refreshes));
  CHECK(world.broker.clientIds.size() == 1);
  CHECK(world.taken == world.broker.goodbyes + 1);
  CHECK(world.broker.messages.size() == static_cast<size_t>(number));
  CHECK(trial.device->status().failures == 0);
}

TEST_CASE("refresh before the expiry, whatever is slow: the old connection goes on until the new credentials are there") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.lifetime = 600;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  world.failsToPrepare = 3;
  world.pendingTurns = 5;
  trial.run(545000);
  CHECK(world.taken == 2);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.opens == 2);
  int problems = 0;
  for (const std::string& report : world.reports) problems += startsWith(report, "MQTT no new credentials: test credentials: none today") ? 1 : 0;
  CHECK(problems == 3);
  CHECK(world.broker.wills == 0);
}

TEST_CASE("a message that is never acknowledged does not hold up a refresh for longer than the patience") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.onPublish = [](const FakeBroker::Message&) { return false; };
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.device->publish("t", "1");
  trial.run(500);
  trial.device->refresh();
  REQUIRE(trial.runUntil(DeviceState::refreshing, 1000));
  const uint64_t start = world.sinceStartMs;
  REQUIRE(trial.runUntil(DeviceState::connecting, 10000));
  CHECK(world.sinceStartMs - start <= 2200);
  world.broker.onPublish = [](const FakeBroker::Message&) { return true; };
  trial.run(1000);
  CHECK(world.broker.messages.size() == 2);
  CHECK(world.broker.messages[1].dup);
  CHECK(world.broker.wills == 0);
}

TEST_CASE("a wall clock that jumps: forward renews at once, back waits for the monotonic clock") {
  Trial trial;
  FakeWorld& world = trial.world;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.run(10000);
  world.wallOff = 7200;
  trial.run(2000);
  CHECK(world.taken == 2);
  CHECK(world.broker.goodbyes == 1);
  world.wallOff = -100000;
  trial.run(1810000, 500);
  // Before the program was built: nothing is made, and the connection goes on.
  CHECK(world.taken == 2);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(startsWith(trial.lastReport(), "MQTT no new credentials: test credentials: the clock was set back"));
  world.wallOff = 0;
  trial.run(61000);
  CHECK(world.taken == 3);
  CHECK(world.broker.wills == 0);
}

TEST_CASE("no CONNACK: one time limit for all of it, though a byte comes now and then") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.decide = [](const FakeBroker::Connect&) { return -1; };
  REQUIRE(trial.runUntil(DeviceState::connecting, 1000));
  const uint64_t start = world.sinceStartMs;
  trial.run(20000);
  world.broker.raw({0x20});
  trial.run(5000);
  world.broker.raw({2, 0});
  REQUIRE(trial.runUntil(DeviceState::waitingToTryAgain, 30000));
  CHECK(world.sinceStartMs - start >= 30000);
  CHECK(world.sinceStartMs - start <= 30300);
  CHECK(startsWith(trial.lastReport(), "MQTT no answer: no CONNACK in time"));
}

TEST_CASE("what else can go wrong before CONNACK has its own words") {
  const auto reportWith = [](const std::function<void(FakeWorld&)>& prepare) {
    Trial trial;
    prepare(trial.world);
    CHECK(trial.runUntil(DeviceState::waitingToTryAgain, 60000));
    return trial.lastReport();
  };
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.opensAtOnce = false; }), "MQTT unreachable: broker.example.org:1883 (error 111)"));
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.canOpen = false; }), "MQTT unreachable: broker.example.org:1883 (error 111)"));
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.isDead = true; }), "MQTT unreachable: broker.example.org:1883 (error 111)"));
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.broker.decide = [](const FakeBroker::Connect&) { return -2; }; }),
                   "MQTT no answer: closed before CONNACK"));
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.failsToPrepare = 1; }), "MQTT no credentials: test credentials: none today"));
  CHECK(startsWith(reportWith([](FakeWorld& w) { w.pendingTurns = 1000000; }), "MQTT no credentials: test credentials: no answer in time"));
  for (const auto& garbage : {FakeBroker::Bytes{'H', 'T', 'T', 'P', '/', '1', '.', '1', ' ', '4', '0', '0'}, FakeBroker::Bytes{0x20, 3, 0, 0, 0},
                              FakeBroker::Bytes{0x20, 2, 2, 0}, FakeBroker::Bytes{0x30, 3, 0, 1, 't'}, FakeBroker::Bytes{0x15, 3, 3, 0, 2},
                              FakeBroker::Bytes{0x20, 0x80, 0x80, 0x80, 0x80, 0}, FakeBroker::Bytes{0x21, 2, 0, 0}}) {
    const std::string report = reportWith([&](FakeWorld& w) {
      w.broker.decide = [&w, garbage](const FakeBroker::Connect&) {
        w.broker.raw(garbage);
        return -1;
      };
    });
    CAPTURE(report);
    // The first letters of HTTP are a PUBLISH-like start of a long packet: that one ends by time.
    CHECK((startsWith(report, "MQTT protocol error") || (garbage[0] == 'H' && startsWith(report, "MQTT no answer"))));
  }
}

TEST_CASE("CONNACK in two halves with a pause is one") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.decide = [](const FakeBroker::Connect&) { return -1; };
  trial.run(1000);
  world.broker.raw({0x20, 2});
  trial.run(1000);
  CHECK(trial.device->state() == DeviceState::connecting);
  world.broker.raw({0, 5});
  trial.run(100);
  CHECK(startsWith(trial.lastReport(), "MQTT refused: 5 (not authorized)"));
}

TEST_CASE("keep-alive: a ping after half of it in silence; no answer ends the connection") {
  Trial trial;
  FakeWorld& world = trial.world;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.run(300000);
  CHECK(world.broker.pings >= 9);
  CHECK(world.broker.pings <= 10);
  world.isDead = true;
  const uint64_t start = world.sinceStartMs;
  REQUIRE(trial.runUntil(DeviceState::waitingToTryAgain, 100000));
  CHECK(world.sinceStartMs - start <= 61000);
  CHECK(startsWith(trial.lastReport(), "MQTT lost: the broker does not answer any more"));
}

TEST_CASE("messages from the broker: each once acknowledged, those too large skipped and counted, in the same session after a refresh") {
  static const Subscription subscriptions[] = {{"devices/sensor-1/commands/#", 1}, {"broadcast", 0}};
  DeviceOptions options = FakeWorld::options();
  options.mqtt.subscriptions = subscriptions;
  options.mqtt.subscriptionCount = 2;
  Trial trial(options);
  FakeWorld& world = trial.world;
  world.isFragmenting = true;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.run(2000);
  CHECK(world.broker.subscribes == 2);
  world.broker.send("devices/sensor-1/commands/led", "on");
  world.broker.send("devices/sensor-1/commands/big", std::string(5000, 'x'));
  world.broker.send("devices/sensor-1/commands/led", "off", true);
  for (int i = 0; i < 200; i++) world.broker.send("c", std::to_string(i));
  trial.run(60000);
  CHECK(world.broker.pending() == 0);
  CHECK(world.received.size() == 202);
  CHECK(world.received[0] == "devices/sensor-1/commands/led on");
  CHECK(world.received[1] == "devices/sensor-1/commands/led off retained");
  CHECK(trial.device->status().skippedMessages == 1);
  trial.device->refresh();
  trial.run(5000);
  CHECK(world.broker.connects.size() == 2);
  // The session is there: nothing is asked for again.
  CHECK(world.broker.subscribes == 2);
  world.broker.keepsSessions = false;
  trial.device->refresh();
  trial.run(5000);
  trial.device->refresh();
  trial.run(5000);
  CHECK(world.broker.subscribes == 4);
  world.broker.send("c", "last");
  trial.run(5000);
  CHECK(world.received.back() == "c last");
}

TEST_CASE("a connection that ends between CONNACK and SUBSCRIBE: the next one subscribes, session or not") {
  static const Subscription subscriptions[] = {{"a", 1}};
  DeviceOptions options = FakeWorld::options();
  options.mqtt.subscriptions = subscriptions;
  options.mqtt.subscriptionCount = 1;
  Trial trial(options);
  FakeWorld& world = trial.world;
  bool isFirst = true;
  world.broker.decide = [&](const FakeBroker::Connect&) { return 0; };
  world.latencyMs = 100;
  REQUIRE(trial.runUntil(DeviceState::connecting, 5000));
  world.sinceStartMs += 10;
  while (isFirst) {
    trial.device->poll();
    if (world.broker.isIn()) {
      world.cut();
      isFirst = false;
    }
    world.sinceStartMs += 10;
  }
  trial.run(10000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.broker.connects.size() == 2);
  CHECK(world.broker.isSubscribed("a"));
}

TEST_CASE("a subscription that is refused is said, and others go on") {
  static const Subscription subscriptions[] = {{"a", 1}, {"b", 1}};
  DeviceOptions options = FakeWorld::options();
  options.mqtt.subscriptions = subscriptions;
  options.mqtt.subscriptionCount = 2;
  Trial trial(options);
  trial.world.broker.grant = [](const std::string& filter) { return filter == "a" ? 128 : 1; };
  trial.run(2000);
  CHECK(startsWith(trial.lastReport(), "MQTT subscription refused: a "));
  CHECK(trial.world.broker.isSubscribed("b"));
  CHECK(trial.device->state() == DeviceState::connected);
}

TEST_CASE("what a broker may not send ends the connection, and nothing else") {
  for (const auto& wrong :
       {FakeBroker::Bytes{0x34, 5, 0, 1, 't', 0, 1}, FakeBroker::Bytes{0x36, 5, 0, 1, 't', 0, 1}, FakeBroker::Bytes{0x32, 5, 0, 1, 't', 0, 0},
        FakeBroker::Bytes{0x30, 1, 0}, FakeBroker::Bytes{0x30, 2, 0, 0}, FakeBroker::Bytes{0x30, 3, 0, 9, 't'}, FakeBroker::Bytes{0x32, 4, 0, 1, 't', 0},
        FakeBroker::Bytes{0x30, 3, 0, 1, '#'}, FakeBroker::Bytes{0x30, 3, 0, 1, 0}, FakeBroker::Bytes{0x40, 1, 0}, FakeBroker::Bytes{0x41, 2, 0, 1},
        FakeBroker::Bytes{0x50, 2, 0, 1}, FakeBroker::Bytes{0x90, 3, 0, 1, 0}, FakeBroker::Bytes{0xd0, 1, 0}, FakeBroker::Bytes{0x20, 2, 0, 0},
        FakeBroker::Bytes{0x10, 0}, FakeBroker::Bytes{0xe0, 0}, FakeBroker::Bytes{0x00, 0}}) {
    Trial trial;
    REQUIRE(trial.runUntil(DeviceState::connected, 5000));
    trial.world.broker.raw(wrong);
    trial.run(100);
    CAPTURE(static_cast<int>(wrong[0]));
    CHECK(trial.device->state() == DeviceState::waitingToTryAgain);
    CHECK(startsWith(trial.lastReport(), "MQTT protocol error"));
    CHECK(trial.world.received.empty());
    trial.run(60000);
    CHECK(trial.device->state() == DeviceState::connected);
  }
  Trial trial;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.world.broker.raw({0x40, 2, 0x12, 0x34});
  trial.run(100);
  CHECK(trial.device->state() == DeviceState::connected);
}

TEST_CASE("tokens of 1500 characters, and of the longest that fits, arrive as they are") {
  for (const size_t size : {size_t{300}, size_t{1500}, size_t{CONNACK_MAX_PASSWORD}}) {
    FakeWorld world(1);
    struct Long final : CredentialSource {
      const char* name() const override { return "long"; }
      bool needsClock() const override { return false; }
      Readiness prepare(int64_t) override { return Readiness::ready; }
      bool take(int64_t, Credentials& out) override {
        copyText(out.clientId, sizeof(out.clientId), "c");
        copyText(out.username, sizeof(out.username), "");
        return copyText(out.password, sizeof(out.password), password.c_str());
      }
      std::string password;
    } source;
    for (size_t i = 0; i < size; i++) source.password += static_cast<char>('a' + i % 26);
    world.isFragmenting = true;
    const DevicePorts ports = {world, world, world, world, source, world};
    Device device(ports, FakeWorld::options());
    world.run(device, 10000);
    CHECK(device.state() == DeviceState::connected);
    REQUIRE(world.broker.connects.size() == 1);
    CHECK(world.broker.connects[0].password == source.password);
    CHECK(world.broker.complaints.empty());
  }
}

TEST_CASE("credentials for another client id are not used") {
  Trial trial;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.world.clientId = "somebody-else";
  trial.device->refresh();
  trial.run(5000);
  CHECK(trial.device->state() == DeviceState::waitingToTryAgain);
  CHECK(startsWith(trial.lastReport(),
                   "MQTT no credentials: test credentials: they are for another client id than this device has"));
  CHECK(std::string(trial.device->status().clientId) == "sensor-1");
  trial.world.clientId = "sensor-1";
  trial.run(60000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(trial.world.broker.clientIds.size() == 1);
}

TEST_CASE("credentials that are still good are used again after a network fault; expired ones are not") {
  Trial trial;
  FakeWorld& world = trial.world;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  world.cut();
  trial.run(10000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.taken == 1);
  world.cut();
  world.canOpen = false;
  trial.run(3700000, 500);
  world.canOpen = true;
  trial.run(61000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(world.taken >= 2);
}

TEST_CASE("without network it does not try, and does not count failures") {
  Trial trial;
  FakeWorld& world = trial.world;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  world.hasNetwork = false;
  world.cut();
  trial.run(600000);
  CHECK(trial.device->state() == DeviceState::waitingForNetwork);
  CHECK(world.opens == 1);
  CHECK(trial.device->status().failures == 1);
  world.hasNetwork = true;
  trial.run(1000);
  CHECK(trial.device->state() == DeviceState::connected);
}

TEST_CASE("a twin with the same client id is suspected after three short connections, and met slowly") {
  Trial trial;
  FakeWorld& world = trial.world;
  for (int i = 0; i < 3; i++) {
    REQUIRE(trial.runUntil(DeviceState::connected, 61000));
    trial.run(3000);
    world.cut();
    trial.run(100);
  }
  CHECK(startsWith(trial.lastReport(), "MQTT lost: accepted and soon closed, again and again"));
  REQUIRE(trial.runUntil(DeviceState::connected, 61000));
  trial.run(61000);
  CHECK(trial.device->status().failures == 0);
  world.cut();
  trial.run(100);
  CHECK(startsWith(trial.lastReport(), "MQTT lost: closed by the broker or the network"));
}

TEST_CASE("a message that brokers cut the connection for does not block the others for ever") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.onPublish = [&](const FakeBroker::Message& message) {
    if (message.topic == "denied") world.broker.close();
    return message.topic != "denied";
  };
  trial.device->publish("denied", "1");
  trial.device->publish("fine", "1");
  trial.run(1200000);
  CHECK(world.broker.messages.back().topic == "fine");
  CHECK(trial.device->queue().size() == 0);
  CHECK(trial.device->status().dropped == 1);
}

TEST_CASE("the last failures are told after the first success, once, and kept until the broker has them") {
  FailureLog log;
  memset(&log, 0x5a, sizeof(log));
  DeviceOptions options = FakeWorld::options();
  options.failureTopic = "devices/sensor-1/failures";
  Trial trial(options, &log);
  FakeWorld& world = trial.world;
  world.broker.decide = [&](const FakeBroker::Connect&) { return world.broker.connects.size() < 3 ? 5 : 0; };
  world.broker.onPublish = [](const FakeBroker::Message&) { return false; };
  REQUIRE(trial.runUntil(DeviceState::connected, 60000));
  trial.run(1000);
  CHECK(log.size() == 2);
  world.cut();
  world.broker.onPublish = [](const FakeBroker::Message&) { return true; };
  trial.run(61000);
  CHECK(log.size() == 1);
  CHECK(world.broker.messages.size() == 2);
  CHECK(world.broker.messages[0].payload == world.broker.messages[1].payload);
  CHECK(startsWith(world.broker.messages[0].payload, "[{\"at\":18000010"));
  CHECK(world.broker.messages[0].payload.find("\"kind\":\"refused\",\"code\":5,\"attempt\":2}]") != std::string::npos);
  world.cut();
  trial.run(61000);
  CHECK(log.size() == 0);
}

TEST_CASE("a refresh holds new messages back, and does not wait for those that keep coming") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.latencyMs = 200;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.device->refresh();
  uint64_t start = 0;
  for (int i = 0; i < 200 && world.broker.goodbyes == 0; i++) {
    trial.device->publish("t", std::to_string(i).c_str());
    trial.run(50);
    if (start == 0 && trial.device->state() == DeviceState::refreshing) start = world.sinceStartMs;
  }
  CHECK(world.broker.goodbyes == 1);
  CHECK(world.sinceStartMs - start < 1000);
}

TEST_CASE("a broker that acknowledges nothing, but answers pings, is left after the time limit") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.onPublish = [](const FakeBroker::Message&) { return false; };
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.device->publish("t", "1");
  const uint64_t start = world.sinceStartMs;
  REQUIRE(trial.runUntil(DeviceState::waitingToTryAgain, 100000));
  CHECK(world.sinceStartMs - start >= 30000);
  CHECK(world.sinceStartMs - start <= 30300);
  CHECK(startsWith(trial.lastReport(), "MQTT lost: the broker does not answer any more"));
}

TEST_CASE("the time for CONNACK starts when the wire is open, however long that took") {
  Trial trial;
  trial.world.opensInMs = 25000;
  trial.world.broker.decide = [](const FakeBroker::Connect&) { return -1; };
  REQUIRE(trial.runUntil(DeviceState::connecting, 1000));
  const uint64_t start = trial.world.sinceStartMs;
  REQUIRE(trial.runUntil(DeviceState::waitingToTryAgain, 100000));
  CHECK(trial.world.sinceStartMs - start >= 55000);
  CHECK(trial.world.sinceStartMs - start <= 55300);
}

TEST_CASE("CONNACK before CONNECT has left is none") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.isStuck = true;
  REQUIRE(trial.runUntil(DeviceState::connecting, 1000));
  trial.run(100);
  world.broker.raw({0x20, 2, 0, 0});
  trial.run(100);
  CHECK(trial.device->state() == DeviceState::waitingToTryAgain);
  CHECK(startsWith(trial.lastReport(), "MQTT protocol error"));
}

TEST_CASE("packet ids go round past 65535, leaving out 0 and one that is in use") {
  Trial trial;
  FakeWorld& world = trial.world;
  world.broker.onPublish = [](const FakeBroker::Message& message) { return message.topic != "held"; };
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  trial.device->publish("held", "1");
  for (int i = 0; i < 70000; i++) {
    trial.device->publish("t", std::to_string(i).c_str());
    trial.device->poll();
    trial.device->poll();
  }
  CHECK(world.broker.messages.size() == 70001);
  CHECK(trial.device->queue().size() == 1);
}

TEST_CASE("stop: goodbye to the broker, from wherever it is") {
  Trial trial;
  trial.device->stop();
  trial.run(100);
  CHECK(trial.device->state() == DeviceState::stopped);
  Trial other;
  REQUIRE(other.runUntil(DeviceState::connected, 5000));
  other.device->stop();
  other.run(3000);
  CHECK(other.device->state() == DeviceState::stopped);
  CHECK(other.world.broker.goodbyes == 1);
  CHECK(other.world.broker.wills == 0);
  CHECK(!other.world.broker.isOpen());
}

TEST_CASE("the clock of milliseconds may wrap at any point of a connection's life") {
  for (uint32_t i = 0; i < 300; i++) {
    DeviceOptions options = FakeWorld::options();
    options.measureEveryMs = 1000;
    Trial trial(options, nullptr, i);
    struct Counter final : TelemetrySource {
      bool measure(TextWriter& topic, TextWriter& payload) override {
        topic.text("t");
        payload.number(count++);
        return true;
      }
      int count = 0;
    } counter;
    DevicePorts ports = trial.world.ports();
    ports.telemetry = &counter;
    trial.device.reset(new Device(ports, options));
    trial.world.device = trial.device.get();
    FakeWorld& world = trial.world;
    // From one that wraps at once to one that wraps at the end; and around the half, where signs change.
    world.monotonicStart = (i % 2 == 0 ? 0u : 0x80000000u) - i * 400;
    world.lifetime = 40;
    world.latencyMs = 20;
    trial.run(120000, 100);
    CAPTURE(i);
    CHECK(counter.count >= 118);
    CHECK(counter.count <= 121);
    CHECK(world.broker.messages.size() >= 117);
    CHECK(trial.device->status().refreshes >= 5);
    CHECK(trial.device->status().refreshes <= 7);
    CHECK(world.broker.wills == 0);
    CHECK(trial.device->status().failures == 0);
  }
}

TEST_CASE("a shared secret is pointed at, once") {
  FakeWorld world(1);
  world.hasWarning = true;
  Device device(world.ports(), FakeWorld::options());
  world.run(device, 2000);
  CHECK(world.reports[0] == "a warning");
  CHECK(world.reports.size() == 2);
}
