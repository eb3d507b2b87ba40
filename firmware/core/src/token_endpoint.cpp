#include "connack/token_endpoint.h"

#include "connack/base64.h"
#include "connack/json_object.h"
#include "http_status.h"

namespace connack {

namespace {

/** A value of a form (application/x-www-form-urlencoded), which RFC 6749 §2.3.1 wants before Basic, too. */
void writeForm(TextWriter& out, TextView text) {
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; i < text.size; i++) {
    const char c = text.data[i];
    const bool isPlain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                         c == '.' || c == '*';
    const uint8_t byte = static_cast<uint8_t>(c);
    if (isPlain) out.character(c);
    else if (c == ' ') out.character('+');
    else out.character('%').character(digits[byte >> 4]).character(digits[byte & 15]);
  }
}

/** The words of RFC 6749 §5.2; anything else may be an echo of a secret. */
bool isErrorCode(const char* text) {
  for (; *text != '\0'; text++) {
    if ((*text < 'a' || *text > 'z') && *text != '_') return false;
  }
  return true;
}

}  // namespace

Readiness TokenEndpoint::prepare(int64_t nowSeconds) {
  if (isReady_) return Readiness::ready;
  if (!isAsked_) return start();
  switch (http_.state()) {
    case HttpState::underWay:
      return Readiness::pending;
    case HttpState::done:
      return readAnswer(nowSeconds);
    case HttpState::idle:
    case HttpState::failed:
      break;
  }
  return unreachable();
}

Readiness TokenEndpoint::unreachable() {
  TextBuffer<72> sentence;
  sentence.text("the token endpoint cannot be reached");
  if (http_.lastError() != 0) sentence.text(" (error ").number(http_.lastError()).character(')');
  return fail(sentence.data(), false);
}

Readiness TokenEndpoint::start() {
  problem_.clear();
  isRefused_ = false;
  if (!isUrlAllowed(options_.url, options_.allowInsecure)) return fail("the token endpoint has to be https:", true);
  size_t headerCount = 0;
  headers_[headerCount++] = {"content-type", "application/x-www-form-urlencoded"};
  headers_[headerCount++] = {"accept", "application/json"};
  form_.clear();
  form_.text("grant_type=client_credentials");
  authorization_.clear();
  if (options_.clientSecret != nullptr) {
    TextBuffer<256> pair;
    writeForm(pair, options_.deviceId);
    pair.character(':');
    writeForm(pair, options_.clientSecret);
    if (!pair.fits()) return fail("the client secret is too long", true);
    authorization_.text("Basic ");
    writeBase64(authorization_, pair.data(), pair.size());
    pair.clear();
  } else {
    form_.text("&client_id=");
    writeForm(form_, options_.deviceId);
    if (options_.bearer != nullptr) authorization_.text("Bearer ").text(options_.bearer);
  }
  if (!authorization_.fits() || !form_.fits()) return fail("device id or bearer token is too long", true);
  if (authorization_.size() > 0) headers_[headerCount++] = {"authorization", authorization_.view()};
  HttpRequest request;
  request.url = options_.url;
  request.headers = headers_;
  request.headerCount = headerCount;
  request.body = form_.view();
  if (!http_.start(request, answer_, sizeof(answer_))) {
    return http_.state() == HttpState::failed ? unreachable() : fail("the token endpoint cannot be asked", false);
  }
  isAsked_ = true;
  return Readiness::pending;
}

Readiness TokenEndpoint::readAnswer(int64_t nowSeconds) {
  const int32_t status = http_.status();
  const size_t size = http_.answerSize();
  JsonObject answer;
  const bool isJson = size <= sizeof(answer_) && answer.parse(TextView(answer_, size));
  if (status != 200) {
    char code[32];
    const bool hasCode = isJson && answer.text("error", code, sizeof(code)) && isErrorCode(code);
    TextBuffer<72> sentence;
    sentence.text("HTTP ").number(status).text(" of the token endpoint");
    if (hasCode) sentence.text(", ").text(code);
    return fail(sentence.data(), isHttpRefusal(status));
  }
  if (size > sizeof(answer_)) return fail("the token endpoint's answer is too long", true);
  if (!isJson) return fail("the token endpoint's answer is no JSON object", true);
  if (!answer.has("access_token")) return fail("the token endpoint's answer has no access_token", true);
  int64_t expiresIn = 0;
  if (answer.has("expires_in") && (!answer.number("expires_in", expiresIn) || expiresIn <= 0 || expiresIn > 9999999999)) {
    return fail("the token endpoint's expires_in is no number of seconds", true);
  }
  expiresAt_ = expiresIn == 0 ? 0 : nowSeconds + expiresIn;
  authorization_.clear();
  isAsked_ = false;
  isReady_ = true;
  return Readiness::ready;
}

bool TokenEndpoint::take(int64_t /*nowSeconds*/, Credentials& out) {
  const TextView deviceId(options_.deviceId);
  const TextView clientId = options_.clientId == nullptr ? deviceId : TextView(options_.clientId);
  const TextView username = options_.username == nullptr ? deviceId : TextView(options_.username);
  JsonObject answer;
  const bool isTaken = isReady_ && !clientId.isEmpty() && copyText(out.clientId, sizeof(out.clientId), clientId) &&
                       copyText(out.username, sizeof(out.username), username) &&
                       answer.parse(TextView(answer_, http_.answerSize())) &&
                       answer.text("access_token", out.password, sizeof(out.password)) && out.password[0] != '\0';
  out.expiresAt = isTaken ? expiresAt_ : 0;
  discard();
  if (!isTaken) fail("the access token is no text, or longer than CONNACK_MAX_PASSWORD", true);
  return isTaken;
}

void TokenEndpoint::discard() {
  isReady_ = false;
  if (!isAsked_) memset(answer_, 0, sizeof(answer_));
}

void TokenEndpoint::cancel() {
  if (isAsked_) http_.cancel();
  isAsked_ = false;
  authorization_.clear();
}

Readiness TokenEndpoint::fail(const char* problem, bool isRefused) {
  isAsked_ = false;
  isReady_ = false;
  isRefused_ = isRefused;
  authorization_.clear();
  problem_.clear();
  problem_.text(problem);
  return Readiness::failed;
}

}  // namespace connack
