#pragma once
#include "connack/text_view.h"

namespace connack {

struct HttpHeader {
  const char* name;
  TextView value;
};

struct HttpRequest {
  /** GET without a body, POST with one. */
  const char* url = nullptr;
  const HttpHeader* headers = nullptr;
  size_t headerCount = 0;
  TextView body;
};

enum class HttpState : uint8_t { idle, underWay, done, failed };

/** PORT. One request at a time, with TLS where the URL says so and the certificate checked. */
class HttpClient {
 public:
  /**
   * Starts. Everything the request points at, and `answer`, has to stay until it is done, failed or cancelled. False where
   * it is impossible. A port that can only block does so here.
   */
  virtual bool start(const HttpRequest& request, char* answer, size_t capacity) = 0;
  virtual HttpState state() = 0;
  /** Of the answer, once it is done. */
  virtual int32_t status() = 0;
  /** Bytes of the answer's body, once it is done; more than the capacity where it did not fit. */
  virtual size_t answerSize() = 0;
  /** Number of the last error as the platform knows it, after `failed`; 0 where there is none. */
  virtual int32_t lastError() { return 0; }
  virtual void cancel() = 0;

 protected:
  ~HttpClient() = default;
};

}  // namespace connack
