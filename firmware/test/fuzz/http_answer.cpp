#include <stdlib.h>
#include <string.h>

#include "connack/http_answer_reader.h"
#include "connack/http_url.h"

/** Any bytes as an answer, whole and in pieces: the same outcome, and nothing written beyond the body. */
namespace {

struct Outcome {
  connack::HttpRead read;
  int32_t status;
  size_t size;
  uint32_t hash;
};

Outcome readIn(const uint8_t* bytes, size_t size, size_t step) {
  static char body[64 + 1];
  body[64] = 'e';
  connack::HttpAnswerReader reader;
  reader.begin(body, 64);
  connack::HttpRead read = connack::HttpRead::needMore;
  for (size_t at = 0; at < size && read == connack::HttpRead::needMore; at += step) {
    read = reader.take(bytes + at, size - at < step ? size - at : step);
  }
  if (read == connack::HttpRead::needMore) read = reader.end();
  if (body[64] != 'e' || read == connack::HttpRead::needMore) abort();
  uint32_t hash = 1;
  const size_t kept = reader.bodySize() < 64 ? reader.bodySize() : 64;
  for (size_t i = 0; i < kept; i++) hash = hash * 31 + static_cast<uint8_t>(body[i]);
  return {read, reader.status(), reader.bodySize(), hash};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const Outcome whole = readIn(data + 1, size - 1, size);
  const Outcome cut = readIn(data + 1, size - 1, 1u + data[0] % 16);
  if (whole.read != cut.read) abort();
  const bool fits = whole.size <= 64;
  if (whole.read == connack::HttpRead::done) {
    if (whole.status < 200 || whole.status > 599 || whole.status != cut.status || fits != (cut.size <= 64)) abort();
    if (fits && (whole.size != cut.size || whole.hash != cut.hash)) abort();
  }
  static connack::HttpUrl url;
  if (connack::readHttpUrl(connack::TextView(reinterpret_cast<const char*>(data), size), url) &&
      (strlen(url.host) == 0 || url.port == 0 || url.target.data[0] != '/')) {
    abort();
  }
  return 0;
}
