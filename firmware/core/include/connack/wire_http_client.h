#pragma once
#include "connack/http_answer_reader.h"
#include "connack/http_client.h"
#include "connack/http_url.h"
#include "connack/wire.h"

namespace connack {

/**
 * HTTP/1.1 over wires of its own, one connection for each request. It needs no buffer but the one for the answer: the head of
 * the request is put together there, and is overwritten once it is sent. Redirections are not followed: whoever is asked next
 * would get the proof of the device, too.
 */
class WireHttpClient final : public HttpClient {
 public:
  /** @param plain for `http:`, @param secure for `https:`, with the certificate checked; null where there is none. */
  WireHttpClient(Wire* plain, Wire* secure) : plain_(plain), secure_(secure) {}
  bool start(const HttpRequest& request, char* answer, size_t capacity) override;
  HttpState state() override;
  int32_t status() override { return reader_.status(); }
  size_t answerSize() override { return reader_.bodySize(); }
  int32_t lastError() override { return error_; }
  void cancel() override;

 private:
  enum class Phase : uint8_t { idle, opening, sending, reading, done, failed };
  bool writeHead(const HttpUrl& url, const HttpRequest& request);
  void pollSending();
  void pollReading();
  void endAs(Phase phase);

  Wire* plain_;
  Wire* secure_;
  Wire* wire_ = nullptr;
  Phase phase_ = Phase::idle;
  TextView body_;
  char* answer_ = nullptr;
  size_t capacity_ = 0;
  size_t headSize_ = 0;
  /** Of head and body. */
  size_t sent_ = 0;
  int32_t error_ = 0;
  HttpAnswerReader reader_;
};

}  // namespace connack
