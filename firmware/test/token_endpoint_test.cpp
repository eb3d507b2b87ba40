#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/token_endpoint.h"

using namespace connack;

namespace {

struct FakeHttp final : HttpClient {
  bool start(const HttpRequest& request, char* answerTo, size_t capacity) override {
    asked++;
    url = request.url;
    body.assign(request.body.data, request.body.size);
    headers.clear();
    for (size_t i = 0; i < request.headerCount; i++) {
      headers += std::string(request.headers[i].name) + ": " + std::string(request.headers[i].value.data, request.headers[i].value.size) + "\n";
    }
    out = answerTo;
    room = capacity;
    current = HttpState::underWay;
    return isStartable;
  }
  HttpState state() override { return current; }
  int32_t status() override { return code; }
  size_t answerSize() override { return answer.size(); }
  void cancel() override { current = HttpState::idle; }

  void finish(int32_t status, const std::string& text) {
    code = status;
    answer = text;
    memcpy(out, text.data(), text.size() < room ? text.size() : room);
    current = HttpState::done;
  }

  HttpState current = HttpState::idle;
  bool isStartable = true;
  int asked = 0;
  int32_t code = 0;
  std::string url, body, headers, answer;
  char* out = nullptr;
  size_t room = 0;
};

TokenEndpointOptions options() {
  TokenEndpointOptions o;
  o.url = "https://auth.example.org/token";
  o.deviceId = "sensor 1";
  return o;
}

std::string failureOf(int32_t status, const std::string& answer, bool isRefused) {
  FakeHttp http;
  TokenEndpoint source(options(), http);
  CHECK(source.prepare(1000) == Readiness::pending);
  http.finish(status, answer);
  CHECK(source.prepare(1000) == Readiness::failed);
  CHECK(source.isRefused() == isRefused);
  const std::string problem = source.problem();
  // The next question is asked anew.
  CHECK(source.prepare(1000) == Readiness::pending);
  CHECK(http.asked == 2);
  return problem;
}

}  // namespace

TEST_CASE("a token is fetched once and given once") {
  FakeHttp http;
  TokenEndpoint source(options(), http);
  CHECK(source.needsClock());
  CHECK(source.prepare(1000) == Readiness::pending);
  CHECK(source.prepare(1000) == Readiness::pending);
  CHECK(http.asked == 1);
  CHECK(http.body == "grant_type=client_credentials&client_id=sensor+1");
  CHECK(http.headers == "content-type: application/x-www-form-urlencoded\naccept: application/json\n");
  http.finish(200, R"({"access_token":"to\u006ben","token_type":"Bearer","expires_in":600})");
  CHECK(source.prepare(1010) == Readiness::ready);
  CHECK(source.prepare(1020) == Readiness::ready);
  Credentials credentials;
  REQUIRE(source.take(1020, credentials));
  CHECK(std::string(credentials.clientId) == "sensor 1");
  CHECK(std::string(credentials.username) == "sensor 1");
  CHECK(std::string(credentials.password) == "token");
  CHECK(credentials.expiresAt == 1610);
  CHECK(!source.take(1020, credentials));
  CHECK(source.prepare(1030) == Readiness::pending);
}

TEST_CASE("what proves the device: a client secret as RFC 6749 §2.3.1 wants it, or a bearer token") {
  FakeHttp http;
  TokenEndpointOptions secret = options();
  secret.clientSecret = "s:e/c";
  TokenEndpoint first(secret, http);
  CHECK(first.prepare(1) == Readiness::pending);
  CHECK(http.body == "grant_type=client_credentials");
  CHECK(http.headers.find("authorization: Basic c2Vuc29yKzE6cyUzQWUlMkZj\n") != std::string::npos);
  FakeHttp other;
  TokenEndpointOptions bearer = options();
  bearer.bearer = "abc";
  TokenEndpoint second(bearer, other);
  CHECK(second.prepare(1) == Readiness::pending);
  CHECK(other.headers.find("authorization: Bearer abc\n") != std::string::npos);
}

TEST_CASE("answers that give nothing, and whether asking again soon is of use") {
  CHECK(failureOf(503, "busy", false) == "HTTP 503 of the token endpoint");
  CHECK(failureOf(429, "{}", false) == "HTTP 429 of the token endpoint");
  CHECK(failureOf(401, R"({"error":"invalid_client","error_description":"x"})", true) == "HTTP 401 of the token endpoint, invalid_client");
  CHECK(failureOf(400, R"({"error":"Se:cr3t"})", true) == "HTTP 400 of the token endpoint");
  CHECK(failureOf(200, "<html>", true) == "the token endpoint's answer is no JSON object");
  CHECK(failureOf(200, "{}", true) == "the token endpoint's answer has no access_token");
  CHECK(failureOf(200, R"({"access_token":"x","expires_in":-1})", true) == "the token endpoint's expires_in is no number of seconds");
  CHECK(failureOf(200, std::string(5000, ' '), true) == "the token endpoint's answer is too long");
}

TEST_CASE("tokens that are no text, empty or too long are none") {
  for (const std::string& token : {std::string("1"), std::string("\"\""), "\"" + std::string(CONNACK_MAX_PASSWORD + 1, 't') + "\""}) {
    FakeHttp http;
    TokenEndpoint source(options(), http);
    CHECK(source.prepare(1000) == Readiness::pending);
    http.finish(200, "{\"access_token\":" + token + "}");
    CHECK(source.prepare(1000) == Readiness::ready);
    Credentials credentials;
    CHECK(!source.take(1000, credentials));
    CHECK(std::string(source.problem()) == "the access token is no text, or longer than CONNACK_MAX_PASSWORD");
  }
}

TEST_CASE("plain HTTP only where it is allowed; unreachable; cancelled") {
  FakeHttp http;
  TokenEndpointOptions plain = options();
  plain.url = "http://auth.example.org/token";
  TokenEndpoint refused(plain, http);
  CHECK(refused.prepare(1) == Readiness::failed);
  CHECK(http.asked == 0);
  plain.allowInsecure = true;
  TokenEndpoint allowed(plain, http);
  CHECK(allowed.prepare(1) == Readiness::pending);
  http.current = HttpState::failed;
  CHECK(allowed.prepare(1) == Readiness::failed);
  CHECK(!allowed.isRefused());
  CHECK(allowed.prepare(1) == Readiness::pending);
  allowed.cancel();
  CHECK(http.current == HttpState::idle);
  CHECK(allowed.prepare(1) == Readiness::pending);
  http.isStartable = false;
  allowed.cancel();
  CHECK(allowed.prepare(1) == Readiness::failed);
}
