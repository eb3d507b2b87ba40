#include "device_trial.h"

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

TEST_CASE("a broker that is gone is seen also when messages of QoS 0 go out all the time") {
  DeviceOptions options = FakeWorld::options();
  Trial trial(options);
  FakeWorld& world = trial.world;
  world.lifetime = 0;
  REQUIRE(trial.runUntil(DeviceState::connected, 5000));
  world.isDead = true;
  for (int i = 0; i < 10; i++) {
    trial.device->publish("t", "1", 0);
    trial.run(10000);
  }
  CHECK(world.broker.connects.size() == 1);
  CHECK(trial.device->state() != DeviceState::connected);
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

TEST_CASE("a subscription that was refused is asked for again with the next connection, also in the same session") {
  static const Subscription subscriptions[] = {{"a", 1}, {"b", 1}};
  DeviceOptions options = FakeWorld::options();
  options.mqtt.subscriptions = subscriptions;
  options.mqtt.subscriptionCount = 2;
  Trial trial(options);
  trial.world.broker.grant = [](const std::string& filter) { return filter == "a" ? 128 : 1; };
  trial.run(2000);
  CHECK(!trial.world.broker.isSubscribed("a"));
  trial.world.broker.grant = [](const std::string&) { return 1; };
  trial.device->refresh();
  trial.run(2000);
  CHECK(trial.world.broker.isSubscribed("a"));
  CHECK(trial.world.broker.subscribes == 4);
  trial.device->refresh();
  trial.run(2000);
  CHECK(trial.world.broker.subscribes == 4);
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
