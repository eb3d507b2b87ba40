#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/base64.h"
#include "connack/credentials.h"
#include "connack/es256_public_key.h"
#include "connack/report.h"
#include "connack/text_writer.h"

using namespace connack;

namespace {

template <class Write>
std::string written(Write write) {
  TextBuffer<300> out;
  write(out);
  CHECK(out.fits());
  CHECK(strlen(out.data()) == out.size());
  return out.data();
}

}  // namespace

TEST_CASE("numbers, to their ends") {
  const auto number = [](int64_t n) { return written([&](TextWriter& out) { out.number(n); }); };
  CHECK(number(0) == "0");
  CHECK(number(-7) == "-7");
  CHECK(number(INT64_MAX) == "9223372036854775807");
  CHECK(number(INT64_MIN) == "-9223372036854775808");
}

TEST_CASE("time: leap years, centuries, ends") {
  const auto utc = [](int64_t seconds) { return written([&](TextWriter& out) { out.utc(seconds); }); };
  CHECK(utc(0) == "1970-01-01T00:00:00Z");
  CHECK(utc(951782400) == "2000-02-29T00:00:00Z");
  CHECK(utc(951868799) == "2000-02-29T23:59:59Z");
  CHECK(utc(1709164800) == "2024-02-29T00:00:00Z");
  CHECK(utc(1735689599) == "2024-12-31T23:59:59Z");
  CHECK(utc(1800000000) == "2027-01-15T08:00:00Z");
  CHECK(utc(4107542400) == "2100-03-01T00:00:00Z");
  CHECK(utc(-5) == "1970-01-01T00:00:00Z");
  CHECK(utc(INT64_MAX) == "2106-02-07T06:28:15Z");
}

TEST_CASE("a text that does not fit is left out whole, and told") {
  char small[6];
  memset(small, 'x', sizeof(small));
  TextWriter out(small, 5);
  out.text("abc").text("de");
  CHECK(std::string(small) == "abc");
  CHECK(!out.fits());
  out.clear();
  out.text("abcd");
  CHECK(out.fits());
  CHECK(std::string(small) == "abcd");
  CHECK(small[5] == 'x');
  char least[1] = {'x'};
  TextWriter none(least, 1);
  CHECK(none.text("").fits());
  CHECK(!none.character('a').fits());
  CHECK(least[0] == '\0');
}

TEST_CASE("hexadecimal and JSON") {
  const uint8_t bytes[] = {0x00, 0x9f, 0xff};
  CHECK(written([&](TextWriter& out) { out.hex(bytes, 3); }) == "009fff");
  CHECK(written([](TextWriter& out) { out.json(TextView("a\"\\\n\x01\x7fü\0b", 10)); }) == "\"a\\\"\\\\\\n\\u0001\x7fü\\u0000b\"");
}

TEST_CASE("Base64: the vectors of RFC 4648 §10") {
  const char* plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
  const char* encoded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"};
  for (int i = 0; i < 7; i++) {
    CHECK(written([&](TextWriter& out) { writeBase64(out, plain[i], strlen(plain[i])); }) == encoded[i]);
    std::string url = encoded[i];
    while (!url.empty() && url.back() == '=') url.pop_back();
    CHECK(written([&](TextWriter& out) { writeBase64url(out, plain[i], strlen(plain[i])); }) == url);
    uint8_t back[8];
    CHECK(readBase64url(url.c_str(), back, sizeof(back)) == static_cast<int32_t>(strlen(plain[i])));
    CHECK(memcmp(back, plain[i], strlen(plain[i])) == 0);
  }
  const uint8_t high[] = {0xfb, 0xef, 0xff};
  CHECK(written([&](TextWriter& out) { writeBase64(out, high, 3); }) == "++//");
  CHECK(written([&](TextWriter& out) { writeBase64url(out, high, 3); }) == "--__");
}

TEST_CASE("base64url is read strictly") {
  uint8_t out[8];
  for (const char* wrong : {"Z", "Zg==", "Zg=", "Zh", "Zm9", "Zm9v+", "Zm9v/", "Zm 9", "Zm9vZ", "Zm9v\n"}) {
    CAPTURE(wrong);
    CHECK(readBase64url(wrong, out, sizeof(out)) == -1);
  }
  CHECK(readBase64url("Zm9vYmFy", out, 5) == -1);
  CHECK(readBase64url("Zm9vYmFy", out, 6) == 6);
}

TEST_CASE("a public key as PEM") {
  uint8_t point[65];
  for (size_t i = 0; i < sizeof(point); i++) point[i] = static_cast<uint8_t>(i);
  point[0] = 4;
  const std::string pem = written([&](TextWriter& out) { writeEs256PublicPem(out, point); });
  CHECK(pem.size() == 178);
  CHECK(pem.substr(0, 92) ==
        "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEAQIDBAUGBwgJCgsMDQ4PEBESExQV\n");
}

TEST_CASE("the facts of a report") {
  ReportFacts facts;
  facts.isNetworkUp = true;
  facts.rssi = -61;
  facts.freeHeap = 212345;
  facts.wallSeconds = 1800000000;
  facts.isTimeTrusted = true;
  facts.hasExpiry = true;
  facts.expiresIn = 3540;
  facts.queued = 3;
  facts.attempt = 2;
  facts.nextTryMs = 6001;
  CHECK(written([&](TextWriter& out) { writeReportFacts(out, facts); }) ==
        " wifi=up rssi=-61 heap=212345 time=2027-01-15T08:00:00Z synced token_exp_in=3540 queued=3 attempt=2 next_try=7s");
  ReportFacts few;
  few.dropped = 9;
  CHECK(written([&](TextWriter& out) { writeReportFacts(out, few); }) ==
        " wifi=down time=1970-01-01T00:00:00Z not synced queued=0 dropped=9");
}

TEST_CASE("texts are copied whole or not at all") {
  char out[4] = "xyz";
  CHECK(copyText(out, sizeof(out), "abc"));
  CHECK(std::string(out) == "abc");
  CHECK(!copyText(out, sizeof(out), "abcd"));
  CHECK(std::string(out) == "");
  CHECK(!copyText(out, sizeof(out), TextView("a\0b", 3)));
  Credentials credentials;
  CHECK(copyText(credentials.password, sizeof(credentials.password), "secret"));
  credentials.wipe();
  for (const char c : credentials.password) REQUIRE(c == '\0');
}
