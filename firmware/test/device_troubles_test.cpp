#include "device_trial.h"

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
  // The third came when the first two were under way: it has a message of its own.
  CHECK(log.size() == 0);
  REQUIRE(world.broker.messages.size() == 3);
  CHECK(world.broker.messages[2].payload.find("\"kind\":\"connection_lost\"") != std::string::npos);
  CHECK(world.broker.messages[0].payload == world.broker.messages[1].payload);
  CHECK(startsWith(world.broker.messages[0].payload, "[{\"at\":18000010"));
  CHECK(world.broker.messages[0].payload.find("\"kind\":\"refused\",\"code\":5,\"attempt\":2}]") != std::string::npos);
  world.cut();
  trial.run(61000);
  CHECK(world.broker.messages.size() == 4);
  CHECK(log.size() == 0);
}

TEST_CASE("a failure that comes when eight are being told is told, too") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  DeviceOptions options = FakeWorld::options();
  options.failureTopic = "devices/sensor-1/failures";
  Trial trial(options, &log);
  FakeWorld& world = trial.world;
  world.broker.decide = [&](const FakeBroker::Connect&) { return world.broker.connects.size() < 9 ? 3 : 0; };
  world.broker.onPublish = [](const FakeBroker::Message&) { return false; };
  REQUIRE(trial.runUntil(DeviceState::connected, 600000));
  trial.run(1000);
  REQUIRE(world.broker.messages.size() == 1);
  world.cut();
  CHECK(log.size() == 8);
  world.broker.onPublish = [](const FakeBroker::Message&) { return true; };
  trial.run(120000);
  CHECK(log.size() == 0);
  REQUIRE(world.broker.messages.size() == 3);
  CHECK(world.broker.messages[1].payload == world.broker.messages[0].payload);
  const std::string& last = world.broker.messages[2].payload;
  CHECK(last.find("\"kind\":\"connection_lost\"") != std::string::npos);
  CHECK(last.find("refused") == std::string::npos);
}

TEST_CASE("failures are forgotten when the broker has their own message, and told again when it had to make room") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  DeviceOptions options = FakeWorld::options();
  options.failureTopic = "f";
  Trial trial(options, &log);
  FakeWorld& world = trial.world;
  world.broker.decide = [&](const FakeBroker::Connect&) { return world.broker.connects.size() < 2 ? 3 : 0; };
  world.broker.onPublish = [](const FakeBroker::Message& message) { return message.topic == "f"; };
  REQUIRE(trial.runUntil(DeviceState::connected, 60000));
  trial.device->publish("t", "never acknowledged");
  trial.run(1000);
  CHECK(trial.device->queue().size() == 1);
  CHECK(log.size() == 0);

  world.broker.onPublish = [](const FakeBroker::Message&) { return false; };
  world.cut();
  trial.run(20000);
  REQUIRE(trial.device->state() == DeviceState::connected);
  CHECK(log.size() == 1);
  const std::string big(CONNACK_QUEUE_BYTES - 10, 'x');
  CHECK(trial.device->publish("t", TextView(big.data(), big.size())));
  world.broker.onPublish = [](const FakeBroker::Message&) { return true; };
  trial.run(20000);
  CHECK(log.size() == 1);
  world.cut();
  trial.run(20000);
  CHECK(log.size() == 0);
  CHECK(world.broker.messages.back().payload.find("\"attempt\":2}]") == std::string::npos);
}

TEST_CASE("failures are told when there is room: what was measured keeps its place") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  DeviceOptions options = FakeWorld::options();
  options.failureTopic = "f";
  Trial trial(options, &log);
  FakeWorld& world = trial.world;
  world.latencyMs = 60;
  world.broker.decide = [&](const FakeBroker::Connect&) { return world.broker.connects.size() < 9 ? 3 : 0; };
  const std::string payload(60, 'x');
  for (int i = 0; i < 20; i++) trial.device->publish("t", payload.c_str());
  REQUIRE(trial.device->status().dropped == 0);
  trial.run(600000);
  CHECK(trial.device->state() == DeviceState::connected);
  CHECK(trial.device->status().dropped == 0);
  CHECK(world.broker.messages.size() == 21);
  CHECK(log.size() == 0);
}

TEST_CASE("failures that no broker takes do not keep the device from being connected") {
  FailureLog log;
  memset(&log, 0, sizeof(log));
  DeviceOptions options = FakeWorld::options();
  options.failureTopic = "denied";
  Trial trial(options, &log);
  FakeWorld& world = trial.world;
  world.broker.decide = [&](const FakeBroker::Connect&) { return world.broker.connects.size() < 2 ? 3 : 0; };
  world.broker.onPublish = [&](const FakeBroker::Message& message) {
    if (message.topic == "denied") world.broker.close();
    return message.topic != "denied";
  };
  trial.run(3600000);
  CHECK(log.size() <= 8);
  CHECK(trial.device->queue().size() == 1);
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

TEST_CASE("stop between CONNECT and CONNACK: the broker has let it in by then, so it says goodbye first") {
  Trial trial;
  trial.world.latencyMs = 1000;
  for (int turn = 0; turn < 200 && !trial.world.broker.isIn(); turn++) trial.run(10, 10);
  REQUIRE(trial.world.broker.isIn());
  REQUIRE(trial.device->state() == DeviceState::connecting);
  trial.device->stop();
  trial.run(4000);
  CHECK(trial.device->state() == DeviceState::stopped);
  CHECK(trial.world.broker.goodbyes == 1);
  CHECK(trial.world.broker.wills == 0);
  Trial unanswered;
  unanswered.world.broker.decide = [](const FakeBroker::Connect&) { return -1; };
  REQUIRE(unanswered.runUntil(DeviceState::connecting, 5000));
  unanswered.run(500);
  // As programs do that ask in each turn: the first time counts.
  for (int turn = 0; turn < 20; turn++) unanswered.device->stop(), unanswered.run(50);
  CHECK(unanswered.device->state() != DeviceState::stopped);
  for (int turn = 0; turn < 40; turn++) unanswered.device->stop(), unanswered.run(50);
  CHECK(unanswered.device->state() == DeviceState::stopped);
}

TEST_CASE("stop while credentials are asked for: nobody goes on asking") {
  Trial trial;
  trial.world.pendingTurns = 1000;
  REQUIRE(trial.runUntil(DeviceState::gettingCredentials, 5000));
  trial.run(1000);
  REQUIRE(trial.world.turnsLeft >= 0);
  trial.device->stop();
  trial.run(1000);
  CHECK(trial.device->state() == DeviceState::stopped);
  CHECK(trial.world.turnsLeft == -1);
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
