#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/issued_credentials.h"
#include "connack/json_object.h"

using namespace connack;

namespace {

std::string textOf(const char* json, const char* name, size_t capacity = 100) {
  JsonObject object;
  char out[100];
  if (!object.parse(json)) return "not JSON";
  return object.text(name, out, capacity) ? out : "no text";
}

int64_t numberOf(const char* number) {
  JsonObject object;
  const std::string json = std::string("{\"n\":") + number + "}";
  int64_t out = -999;
  if (!object.parse(json.c_str())) return -1000;
  return object.number("n", out) ? out : -1001;
}

}  // namespace

TEST_CASE("strings, with every escape") {
  CHECK(textOf(R"({"a":"x"})", "a") == "x");
  CHECK(textOf(R"( { "b" : 1 , "a" : "x" } )", "a") == "x");
  CHECK(textOf(R"({"a":"\"\\\/\b\f\n\r\t"})", "a") == "\"\\/\b\f\n\r\t");
  CHECK(textOf(R"({"a":"\u0041\u00e4\u20AC\ud83c\udf21"})", "a") == "Aä€🌡");
  CHECK(textOf(R"({"a":"ä€🌡"})", "a") == "ä€🌡");
  CHECK(textOf(R"({"\u0061":"x"})", "a") == "x");
  CHECK(textOf(R"({"a":"first","a":"second"})", "a") == "first");
  CHECK(textOf(R"({"aa":"x","a":"y"})", "a") == "y");
  CHECK(textOf(R"({"a":""})", "a") == "");
}

TEST_CASE("a string that does not fit, or holds a zero, is none") {
  CHECK(textOf(R"({"a":"1234"})", "a", 5) == "1234");
  CHECK(textOf(R"({"a":"12345"})", "a", 5) == "no text");
  CHECK(textOf(R"({"a":"12\u00e4"})", "a", 4) == "no text");
  CHECK(textOf(R"({"a":"x\u0000y"})", "a") == "no text");
  CHECK(textOf(R"({"a":1})", "a") == "no text");
  CHECK(textOf(R"({"b":"x"})", "a") == "no text");
}

TEST_CASE("whole numbers") {
  CHECK(numberOf("0") == 0);
  CHECK(numberOf("-0") == 0);
  CHECK(numberOf("3600") == 3600);
  CHECK(numberOf("36e2") == 3600);
  CHECK(numberOf("3.6E+3") == 3600);
  CHECK(numberOf("36000e-1") == 3600);
  CHECK(numberOf("3600.0") == 3600);
  CHECK(numberOf("-12") == -12);
  CHECK(numberOf("9007199254740992") == 9007199254740992);
  CHECK(numberOf("0e999999999999") == 0);
  for (const char* wrong : {"9007199254740993", "1.5", "1e-1", "1e17", "1e999999999999", "99999999999999999999", "\"1\"", "true", "null"}) {
    CAPTURE(wrong);
    CHECK(numberOf(wrong) == -1001);
  }
  for (const char* garbage : {"01", "+1", ".5", "1.", "1e", "-", "0x10", "NaN", "1 2"}) {
    CAPTURE(garbage);
    CHECK(numberOf(garbage) == -1000);
  }
}

TEST_CASE("anything but one object is refused") {
  JsonObject object;
  for (const char* garbage :
       {"", " ", "[]", "1", "\"a\"", "null", "{", "}", "{]", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{,}", "{a:1}", "{\"a\":1}x", "{\"a\":1}{}",
        "{\"a\":\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\u12g4\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud800\\u0041\"}", "{\"a\":\"\n\"}", "{\"a\":tru}", "{\"a\":[1,]}", "{\"a\":[1 2]}", "{\"a\":[}", "{'a':1}", "{\"a\":\"\x80\"}",
        "{\"a\":\"\xc3\"}", "{\"a\":\"\xc0\x80\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xf5\x80\x80\x80\"}", "{\"a\":\"\\", "<html>"}) {
    CAPTURE(garbage);
    CHECK(!object.parse(garbage));
    CHECK(!object.has("a"));
  }
  CHECK(!object.parse(TextView("{}\0", 3)));
  CHECK(object.parse("{}"));
}

TEST_CASE("nesting has a bound") {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(static_cast<size_t>(depth) - 1, '[') + std::string(static_cast<size_t>(depth) - 1, ']') + "}";
  };
  JsonObject object;
  const std::string most = nested(16);
  const std::string more = nested(17);
  CHECK(object.parse(most.c_str()));
  CHECK(!object.parse(more.c_str()));
  CHECK(object.parse(R"({"a":{"b":{"c":[1,{"d":[]},{}]}},"e":"f"})"));
  JsonObject a;
  REQUIRE(object.object("a", a));
  CHECK(a.has("b"));
  CHECK(!a.has("c"));
  CHECK(!object.object("e", a));
}

TEST_CASE("every beginning of an object is refused, and read within its bounds") {
  const std::string whole = R"({"a":"x\u00e4\"ä€🌡","b":[1,-2.5e3,{"c":null}],"d":true})";
  JsonObject object;
  for (size_t size = 0; size < whole.size(); size++) {
    // A copy of its own size: the sanitizer sees a byte that is read beyond.
    std::string* part = new std::string(whole, 0, size);
    char* exact = new char[size];
    memcpy(exact, part->data(), size);
    CHECK(!object.parse(TextView(exact, size)));
    delete[] exact;
    delete part;
  }
  CHECK(object.parse(TextView(whole.data(), whole.size())));
}

TEST_CASE("a check-in that is not complete gives no credentials") {
  CheckIn checkIn;
  const std::string good =
      R"({"mqtt":{"endpoint":"h:1","client_id":"c","username":"u","password":"p","publish_topic":"t","subscribe_topic":"null"}})";
  REQUIRE(readCheckIn(good.c_str(), checkIn));
  CHECK(checkIn.port == 1);
  CHECK(std::string(checkIn.subscribeTopic) == "");
  const auto altered = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  for (const auto& wrong :
       {altered("mqtt", "mqtx"), altered("\"h:1\"", "\"mqtt://h:1\""), altered("\"h:1\"", "\"h:\""), altered("\"h:1\"", "\"h:99999\""),
        altered("\"h:1\"", "\":1\""), altered("\"h:1\"", "\"h:1x\""), altered("\"h:1\"", "\"[::1]:1\""), altered("\"h:1\"", "\"h:0\""),
        altered("\"c\"", "\"\""), altered("\"p\"", "\"null\""), altered("\"p\"", "1"), altered("client_id", "clientId"),
        altered("\"u\"", "\"" + std::string(200, 'u') + "\"")}) {
    CAPTURE(wrong);
    CHECK(!readCheckIn(wrong.c_str(), checkIn));
    CHECK(std::string(checkIn.credentials.password) == "");
  }
}
