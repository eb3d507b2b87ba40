#include <doctest/doctest.h>

#include <initializer_list>
#include <string>

#include "connack/http_answer_reader.h"
#include "connack/http_url.h"

using namespace connack;

namespace {

struct Answer {
  HttpRead read;
  int32_t status;
  size_t size;
  std::string body;
};

/** The answer in pieces of one size, and then the end of the connection. */
Answer readIn(const std::string& bytes, size_t step, size_t capacity = 16) {
  HttpAnswerReader reader;
  std::string body(capacity, '\0');
  reader.begin(&body[0], capacity);
  HttpRead read = HttpRead::needMore;
  for (size_t at = 0; at < bytes.size() && read == HttpRead::needMore; at += step) {
    const std::string piece = bytes.substr(at, step);
    read = reader.take(reinterpret_cast<const uint8_t*>(piece.data()), piece.size());
  }
  if (read == HttpRead::needMore) read = reader.end();
  const size_t size = reader.bodySize();
  return {read, reader.status(), size, body.substr(0, size < capacity ? size : capacity)};
}

Answer read(const std::string& bytes) {
  const Answer whole = readIn(bytes, bytes.size());
  for (const size_t step : {1u, 2u, 3u, 7u}) {
    const Answer cut = readIn(bytes, step);
    CHECK(cut.read == whole.read);
    // Of an answer that fits in no way, the rest is not waited for.
    if (whole.read == HttpRead::done && whole.size <= 16) CHECK(cut.body == whole.body);
  }
  return whole;
}

}  // namespace

TEST_CASE("bodies by length, in chunks, and until the end") {
  for (const char* answer : {
           "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloxx",
           "HTTP/1.1 200 OK\nCONTENT-LENGTH:5 \n\nhello",
           "HTTP/1.0 200\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2;a=\"b\"\r\nlo\r\n0\r\nDate: x\r\n\r\n",
           "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
       }) {
    CAPTURE(answer);
    const Answer got = read(answer);
    CHECK(got.read == HttpRead::done);
    CHECK(got.status == 200);
    CHECK(got.body == "hello");
  }
  // Neither has a body, whatever it says.
  for (const char* status : {"204", "304"}) {
    CHECK(read("HTTP/1.1 " + std::string(status) + " x\r\ncontent-length: 5\r\n\r\n").read == HttpRead::done);
  }
  CHECK(read("HTTP/1.1 503 x\r\ncontent-length: 0\r\n\r\n").status == 503);
  CHECK(read("HTTP/1.1 200 " + std::string(200, 'k') + "\r\nx-long: " + std::string(500, 'v') + "\r\n\r\nab").body == "ab");
}

TEST_CASE("a body that does not fit is told, and its rest is not waited for") {
  CHECK(readIn("HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n", 99).size == 17);
  CHECK(readIn("HTTP/1.1 200 OK\r\n\r\n" + std::string(40, 'x'), 99).size > 16);
  const Answer chunks = readIn("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n" + std::string(20, 'x'), 99);
  CHECK(chunks.read == HttpRead::done);
  CHECK(chunks.size > 16);
  CHECK(readIn("HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n" + std::string(16, 'x'), 99).body == std::string(16, 'x'));
}

TEST_CASE("what is no answer, ends too early, or can be read in two ways") {
  for (const char* answer : {
           "", "220 mail ready\r\n", "HTTP/2 200\r\n\r\n", "HTTP/1.1 20x OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 099 x\r\n\r\n",
           "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhell",
           "HTTP/1.1 200 OK\r\ncontent-length: 5",
           "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 5\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length: 5,5\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length:\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length: 00000000000000000000000000000000000000000000000000005\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\nx: y\r\n content-length: 5\r\n\r\nhello",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhelo\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3 x\r\nhel\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffff\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
           "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\nDate: x\r\n",
           "HTTP/1.1 100 x\r\ncontent-length: 5\r\n\r\nHTTP/1.1 200 OK\r\n\r\nhello",
           "HTTP/1.1 100 x\r\ntransfer-encoding: chunked\r\n\r\nHTTP/1.1 200 OK\r\n\r\n0\r\n\r\n",
           "HTTP/1.2 200 OK\r\ncontent-length: 5\r\n\r\nhello",
           "HTTP/1.1 600 x\r\ncontent-length: 5\r\n\r\nhello",
       }) {
    CAPTURE(answer);
    CHECK(read(answer).read == HttpRead::malformed);
  }
  const std::string good = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
  for (const char* before : {"099 x", "101 Switching"}) {
    CAPTURE(before);
    CHECK(read("HTTP/1.1 " + std::string(before) + "\r\n\r\n" + good).read == HttpRead::malformed);
  }
  std::string many = "HTTP/1.1 200 OK\r\n";
  while (many.size() < 9000) many += "x: y\r\n";
  CHECK(read(many + good.substr(good.find("content"))).read == HttpRead::malformed);
  CHECK(read(std::string("HTTP/1.1 200 OK\r\nx: \0y\r\n\r\n", 26)).read == HttpRead::malformed);
}

TEST_CASE("URLs") {
  HttpUrl url;
  REQUIRE(readHttpUrl("https://auth.example.org/token?a=b", url));
  CHECK(url.isSecure);
  CHECK(std::string(url.host) == "auth.example.org");
  CHECK(url.port == 443);
  CHECK(url.authority == TextView("auth.example.org"));
  CHECK(url.target == TextView("/token?a=b"));
  REQUIRE(readHttpUrl("http://192.0.2.1:8003", url));
  CHECK(!url.isSecure);
  CHECK(url.port == 8003);
  CHECK(url.authority == TextView("192.0.2.1:8003"));
  CHECK(url.target == TextView("/"));
  const std::string longHost = "http://" + std::string(64, 'h') + "/";
  for (const char* wrong : {"", "ftp://h/", "https://", "https://u@h/", "https://u:p@h/", "https://h:0/", "https://h:65536/",
                            "https://h:/", "https://h:1x/", "https://[::1]/", "https://h/#x", "https://h/a b", "https://h/a\r\nb",
                            "https://h?q", "https://h\xc3\xa4/", longHost.c_str()}) {
    CAPTURE(wrong);
    CHECK(!readHttpUrl(wrong, url));
  }
}
