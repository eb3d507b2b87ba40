#pragma once
#include "connack/http_client.h"
#include "connack/issued_credentials.h"
#include "connack/text_writer.h"

namespace connack {

struct XiaozhiCheckInOptions {
  /** Such as `http://host:8003/xiaozhi/ota/`; plain `http:` is refused unless `allowInsecure` is set. */
  const char* url = nullptr;
  /** Lower case, with colons. */
  const char* mac = nullptr;
  /** A UUID that the device made once and keeps. */
  const char* uuid = nullptr;
  /** Kind of board, and version of the program: what the server looks up firmware by. */
  const char* board = "connack-device";
  const char* version = "1.0.0";
  bool allowInsecure = false;
};

/**
 * Credentials of a xiaozhi server, asked for as its devices do. They come with the broker and its topics, and have no expiry:
 * the server is asked again when the broker refuses them.
 */
class XiaozhiCheckIn final : public CredentialSource {
 public:
  XiaozhiCheckIn(const XiaozhiCheckInOptions& options, HttpClient& http) : options_(options), http_(http) {}
  const char* name() const override { return "xiaozhi check-in"; }
  bool needsClock() const override { return false; }
  Readiness prepare(int64_t nowSeconds) override;
  bool take(int64_t nowSeconds, Credentials& out) override;
  BrokerPlace place() const override;
  void discard() override;
  void cancel() override;
  const char* problem() const override { return problem_.data(); }
  bool isRefused() const override { return isRefused_; }
  /** What the server said of the broker; empty texts before the first answer. */
  const CheckInPlace& said() const { return place_; }

 private:
  Readiness start();
  Readiness readAnswer();
  Readiness unreachable();
  Readiness fail(const char* problem, bool isRefused);

  const XiaozhiCheckInOptions options_;
  HttpClient& http_;
  bool isAsked_ = false;
  bool isReady_ = false;
  bool isRefused_ = false;
  CheckInPlace place_;
  TextBuffer<80> problem_;
  TextBuffer<64> userAgent_;
  TextBuffer<384> body_;
  HttpHeader headers_[5] = {};
  char answer_[CONNACK_MAX_HTTP_ANSWER] = {};
};

}  // namespace connack
