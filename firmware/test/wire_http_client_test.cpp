#include <doctest/doctest.h>

#include <string>

#include "connack/token_endpoint.h"
#include "connack/wire_http_client.h"
#include "connack/xiaozhi_check_in.h"

using namespace connack;

namespace {

/** A connection by hand: takes and gives a few bytes at a time. */
struct HandWire final : Wire {
  bool open(const char* host, uint16_t port) override {
    opens++;
    place = std::string(host) + ":" + std::to_string(port);
    sent.clear();
    at = 0;
    current = canOpen ? WireState::opening : WireState::closed;
    return canOpen;
  }
  WireState state() override {
    const WireState now = current;
    if (current == WireState::opening) current = answersOpen ? WireState::open : WireState::closed;
    return now;
  }
  int32_t write(const uint8_t* bytes, size_t size) override {
    if (isBroken) return -1;
    if (isResting) return isResting = false, 0;
    isResting = true;
    const size_t took = size < piece ? size : piece;
    sent.append(reinterpret_cast<const char*>(bytes), took);
    return static_cast<int32_t>(took);
  }
  int32_t read(uint8_t* bytes, size_t size) override {
    if (at == answer.size()) return hasEnd ? -1 : 0;
    size_t took = size < piece ? size : piece;
    if (took > answer.size() - at) took = answer.size() - at;
    memcpy(bytes, answer.data() + at, took);
    at += took;
    return static_cast<int32_t>(took);
  }
  void close() override {
    closes++;
    current = WireState::closed;
  }
  int32_t lastError() override { return error; }

  WireState current = WireState::closed;
  bool canOpen = true, answersOpen = true, isBroken = false, isResting = false, hasEnd = true;
  int opens = 0, closes = 0;
  int32_t error = 0;
  size_t piece = 7, at = 0;
  std::string place, sent, answer;
};

Readiness finish(CredentialSource& source) {
  Readiness readiness = Readiness::pending;
  for (int turn = 0; turn < 1000 && readiness == Readiness::pending; turn++) readiness = source.prepare(1000);
  return readiness;
}

TokenEndpointOptions endpoint(const char* url) {
  TokenEndpointOptions options;
  options.url = url;
  options.deviceId = "sensor-1";
  options.clientSecret = "of-this-test";
  options.allowInsecure = true;
  return options;
}

XiaozhiCheckInOptions checkInOptions() {
  XiaozhiCheckInOptions options;
  options.url = "http://ota.example.org:8003/xiaozhi/ota/";
  options.mac = "02:00:00:00:00:01";
  options.uuid = "5f0c1f0e-6d5c-4a55-9d0b-0b8f3a0b1c2d";
  options.allowInsecure = true;
  return options;
}

std::string json(const std::string& body) {
  return "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("a token over a wire that takes and gives a few bytes") {
  HandWire plain, secure;
  WireHttpClient http(&plain, &secure);
  TokenEndpoint source(endpoint("https://auth.example.org/token"), http);
  secure.answer = json(R"({"access_token":"abc","expires_in":60})");
  REQUIRE(finish(source) == Readiness::ready);
  CHECK(plain.opens == 0);
  CHECK(secure.place == "auth.example.org:443");
  CHECK(secure.closes == 1);
  CHECK(secure.sent ==
        "POST /token HTTP/1.1\r\nhost: auth.example.org\r\nconnection: close\r\n"
        "content-type: application/x-www-form-urlencoded\r\naccept: application/json\r\n"
        "authorization: Basic c2Vuc29yLTE6b2YtdGhpcy10ZXN0\r\ncontent-length: 29\r\n\r\ngrant_type=client_credentials");
  Credentials credentials;
  REQUIRE(source.take(1000, credentials));
  CHECK(std::string(credentials.password) == "abc");
  CHECK(credentials.expiresAt == 1060);
  // The next one is asked for on a new connection.
  secure.answer = json(R"({"access_token":"def"})");
  REQUIRE(finish(source) == Readiness::ready);
  CHECK(secure.opens == 2);
}

TEST_CASE("a server that cannot be reached, is cut off, says nonsense or nothing") {
  HandWire plain;
  WireHttpClient http(&plain, nullptr);
  TokenEndpoint source(endpoint("http://auth.example.org/token"), http);
  const auto problem = [&] {
    CHECK(finish(source) == Readiness::failed);
    CHECK(!source.isRefused());
    return std::string(source.problem());
  };
  plain.error = -9984;
  plain.answersOpen = false;
  CHECK(problem() == "the token endpoint cannot be reached (error -9984)");
  plain.canOpen = false;
  // As on the chip, where opening waits until it is known.
  CHECK(problem() == "the token endpoint cannot be reached (error -9984)");
  plain.canOpen = plain.answersOpen = true;
  plain.error = 0;
  plain.answer = "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{";
  CHECK(problem() == "the token endpoint cannot be reached");
  plain.answer = "SSH-2.0-OpenSSH\r\n";
  CHECK(problem() == "the token endpoint cannot be reached");
  plain.isBroken = true;
  CHECK(problem() == "the token endpoint cannot be reached");
  plain.isBroken = false;
  plain.answer = "";
  plain.hasEnd = false;
  CHECK(finish(source) == Readiness::pending);
  const int closes = plain.closes;
  source.cancel();
  CHECK(plain.closes == closes + 1);
  CHECK(http.state() == HttpState::idle);
  // No wire for it.
  TokenEndpoint secure(endpoint("https://auth.example.org/token"), http);
  CHECK(finish(secure) == Readiness::failed);
}

TEST_CASE("a redirection is not followed, and no header can be smuggled in") {
  HandWire plain;
  WireHttpClient http(&plain, nullptr);
  TokenEndpoint moved(endpoint("http://auth.example.org/token"), http);
  plain.answer = "HTTP/1.1 307 Moved\r\nlocation: http://evil.example/\r\ncontent-length: 0\r\n\r\n";
  CHECK(finish(moved) == Readiness::failed);
  CHECK(std::string(moved.problem()) == "HTTP 307 of the token endpoint");
  CHECK(plain.opens == 1);
  TokenEndpointOptions bearer = endpoint("http://auth.example.org/token");
  bearer.clientSecret = nullptr;
  bearer.bearer = "a\r\nx: y";
  TokenEndpoint smuggled(bearer, http);
  CHECK(finish(smuggled) == Readiness::failed);
  CHECK(plain.opens == 1);
}

TEST_CASE("xiaozhi: asked as its devices do, and the broker comes with the answer") {
  HandWire plain;
  WireHttpClient http(&plain, nullptr);
  XiaozhiCheckIn source(checkInOptions(), http);
  CHECK(!source.needsClock());
  CHECK(source.place().host == nullptr);
  plain.answer = json(
      R"({"server_time":{"timestamp":1},"mqtt":{"endpoint":"mq.example.org:1884","client_id":"G@@@02_00@@@x","username":"u","password":"p","publish_topic":"device-server","subscribe_topic":"null"}})");
  REQUIRE(finish(source) == Readiness::ready);
  CHECK(plain.place == "ota.example.org:8003");
  CHECK(plain.sent.find("POST /xiaozhi/ota/ HTTP/1.1\r\nhost: ota.example.org:8003\r\n") == 0);
  CHECK(plain.sent.find("\r\ndevice-id: 02:00:00:00:00:01\r\nclient-id: 5f0c1f0e-6d5c-4a55-9d0b-0b8f3a0b1c2d\r\n") != std::string::npos);
  CHECK(plain.sent.find(R"({"version":2,"mac_address":"02:00:00:00:00:01","uuid":"5f0c)") != std::string::npos);
  Credentials credentials;
  REQUIRE(source.take(0, credentials));
  CHECK(std::string(credentials.clientId) == "G@@@02_00@@@x");
  CHECK(std::string(credentials.username) == "u");
  CHECK(std::string(credentials.password) == "p");
  CHECK(credentials.expiresAt == 0);
  CHECK(std::string(source.place().host) == "mq.example.org");
  CHECK(source.place().port == 1884);
  CHECK(std::string(source.said().publishTopic) == "device-server");
  CHECK(std::string(source.said().subscribeTopic).empty());
  CHECK(!source.take(0, credentials));
}

TEST_CASE("xiaozhi: answers that give nothing") {
  const auto problem = [](const std::string& answer, bool isRefused) {
    HandWire plain;
    WireHttpClient http(&plain, nullptr);
    XiaozhiCheckIn source(checkInOptions(), http);
    plain.answer = answer;
    Credentials credentials;
    if (finish(source) == Readiness::ready) CHECK(!source.take(0, credentials));
    CHECK(source.isRefused() == isRefused);
    CHECK(source.place().host == nullptr);
    return std::string(source.problem());
  };
  CHECK(problem("HTTP/1.1 500 x\r\n\r\n", false) == "HTTP 500 of the check-in");
  CHECK(problem("HTTP/1.1 404 x\r\n\r\n", true) == "HTTP 404 of the check-in");
  CHECK(problem(json("<html>"), true) == "the check-in's answer is no JSON object");
  CHECK(problem(json(R"({"success":false})"), true) == "the check-in's answer has no mqtt object");
  CHECK(problem(json(std::string(CONNACK_MAX_HTTP_ANSWER + 1, ' ')), true) == "the check-in's answer is too long");
  CHECK(problem(json(R"({"mqtt":{"endpoint":"h","client_id":"c","username":"u","password":""}})"), true) ==
        "the mqtt object is not complete, or something in it is too long");
  XiaozhiCheckInOptions plainOnly = checkInOptions();
  plainOnly.allowInsecure = false;
  HandWire wire;
  WireHttpClient http(&wire, nullptr);
  XiaozhiCheckIn refused(plainOnly, http);
  CHECK(finish(refused) == Readiness::failed);
  CHECK(wire.opens == 0);
}
