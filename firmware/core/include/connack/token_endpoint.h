#pragma once
#include "connack/credentials.h"
#include "connack/http_client.h"
#include "connack/limits.h"
#include "connack/text_writer.h"

namespace connack {

struct TokenEndpointOptions {
  /** `https:`; plain `http:` is refused unless `allowInsecure` is set. */
  const char* url = nullptr;
  const char* deviceId = nullptr;
  /** Of MQTT; default: the device id. */
  const char* clientId = nullptr;
  const char* username = nullptr;
  /** What proves the device: a client secret (HTTP Basic), or a bearer token; neither where TLS does it. */
  const char* clientSecret = nullptr;
  const char* bearer = nullptr;
  bool allowInsecure = false;
};

/** Tokens of an OAuth 2 endpoint (RFC 6749 §4.4): the access token is the password. */
class TokenEndpoint final : public CredentialSource {
 public:
  TokenEndpoint(const TokenEndpointOptions& options, HttpClient& http) : options_(options), http_(http) {}
  const char* name() const override { return "token endpoint"; }
  /** `expires_in` counts from a time. */
  bool needsClock() const override { return true; }
  Readiness prepare(int64_t nowSeconds) override;
  bool take(int64_t nowSeconds, Credentials& out) override;
  void discard() override;
  void cancel() override;
  const char* problem() const override { return problem_.data(); }
  bool isRefused() const override { return isRefused_; }

 private:
  Readiness start();
  Readiness readAnswer(int64_t nowSeconds);
  Readiness unreachable();
  Readiness fail(const char* problem, bool isRefused);

  const TokenEndpointOptions options_;
  HttpClient& http_;
  bool isAsked_ = false;
  bool isReady_ = false;
  bool isRefused_ = false;
  int64_t expiresAt_ = 0;
  TextBuffer<80> problem_;
  /** HTTP Basic or bearer; emptied when the request is done. */
  TextBuffer<384> authorization_;
  TextBuffer<192> form_;
  HttpHeader headers_[3] = {};
  /** The answer; the token from then on. */
  char answer_[CONNACK_MAX_HTTP_ANSWER] = {};
};

}  // namespace connack
