#include "connack/xiaozhi_check_in.h"

#include "connack/json_object.h"
#include "http_status.h"

namespace connack {

Readiness XiaozhiCheckIn::prepare(int64_t /*nowSeconds*/) {
  if (isReady_) return Readiness::ready;
  if (!isAsked_) return start();
  switch (http_.state()) {
    case HttpState::underWay:
      return Readiness::pending;
    case HttpState::done:
      return readAnswer();
    case HttpState::idle:
    case HttpState::failed:
      break;
  }
  return unreachable();
}

Readiness XiaozhiCheckIn::unreachable() {
  TextBuffer<72> sentence;
  sentence.text("the check-in cannot be reached");
  if (http_.lastError() != 0) sentence.text(" (error ").number(http_.lastError()).character(')');
  return fail(sentence.data(), false);
}

Readiness XiaozhiCheckIn::start() {
  problem_.clear();
  isRefused_ = false;
  if (!isUrlAllowed(options_.url, options_.allowInsecure)) return fail("the check-in has to be https:", true);
  const TextView mac(options_.mac);
  const TextView uuid(options_.uuid);
  if (mac.isEmpty() || uuid.isEmpty()) return fail("the check-in needs a MAC and a UUID", true);
  userAgent_.clear();
  userAgent_.text(options_.board).character('/').text(options_.version);
  body_.clear();
  body_.text("{\"version\":2,\"mac_address\":").json(mac).text(",\"uuid\":").json(uuid);
  body_.text(",\"application\":{\"name\":\"connack-device\",\"version\":").json(options_.version);
  body_.text("},\"board\":{\"type\":").json(options_.board).text(",\"name\":").json(options_.board);
  body_.text(",\"mac\":").json(mac).text("}}");
  if (!body_.fits() || !userAgent_.fits()) return fail("MAC, UUID, board or version is too long", true);
  headers_[0] = {"content-type", "application/json"};
  headers_[1] = {"user-agent", userAgent_.view()};
  // Without a serial number in the fuses.
  headers_[2] = {"activation-version", TextView("1")};
  headers_[3] = {"device-id", mac};
  headers_[4] = {"client-id", uuid};
  HttpRequest request;
  request.url = options_.url;
  request.headers = headers_;
  request.headerCount = sizeof(headers_) / sizeof(headers_[0]);
  request.body = body_.view();
  if (!http_.start(request, answer_, sizeof(answer_))) {
    return http_.state() == HttpState::failed ? unreachable() : fail("the check-in cannot be asked", false);
  }
  isAsked_ = true;
  return Readiness::pending;
}

Readiness XiaozhiCheckIn::readAnswer() {
  const int32_t status = http_.status();
  const size_t size = http_.answerSize();
  if (status != 200) {
    TextBuffer<48> sentence;
    sentence.text("HTTP ").number(status).text(" of the check-in");
    return fail(sentence.data(), isHttpRefusal(status));
  }
  if (size > sizeof(answer_)) return fail("the check-in's answer is too long", true);
  JsonObject answer;
  JsonObject mqtt;
  // Servers say 200 also where they give nothing.
  if (!answer.parse(TextView(answer_, size))) return fail("the check-in's answer is no JSON object", true);
  if (!answer.object("mqtt", mqtt)) return fail("the check-in's answer has no mqtt object", true);
  isAsked_ = false;
  isReady_ = true;
  return Readiness::ready;
}

bool XiaozhiCheckIn::take(int64_t /*nowSeconds*/, Credentials& out) {
  CheckInPlace said;
  const bool isTaken = isReady_ && readCheckIn(TextView(answer_, http_.answerSize()), said, out);
  if (isTaken) place_ = said;
  discard();
  if (!isTaken) fail("the mqtt object is not complete, or something in it is too long", true);
  return isTaken;
}

BrokerPlace XiaozhiCheckIn::place() const {
  BrokerPlace place;
  if (place_.host[0] != '\0') place = {place_.host, place_.port};
  return place;
}

void XiaozhiCheckIn::discard() {
  isReady_ = false;
  if (!isAsked_) memset(answer_, 0, sizeof(answer_));
}

void XiaozhiCheckIn::cancel() {
  if (isAsked_) http_.cancel();
  isAsked_ = false;
}

Readiness XiaozhiCheckIn::fail(const char* problem, bool isRefused) {
  isAsked_ = false;
  isReady_ = false;
  isRefused_ = isRefused;
  memset(answer_, 0, sizeof(answer_));
  problem_.clear();
  problem_.text(problem);
  return Readiness::failed;
}

}  // namespace connack
