#include "device_trial.h"

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
