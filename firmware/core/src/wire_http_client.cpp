#include "connack/wire_http_client.h"

#include "connack/limits.h"
#include "connack/text_writer.h"

namespace connack {

namespace {

/** Anything below a space would begin another header. */
bool isHeaderText(TextView text) {
  for (size_t i = 0; i < text.size; i++) {
    if (text.data[i] < ' ' || text.data[i] > '~') return false;
  }
  return true;
}

}  // namespace

bool WireHttpClient::start(const HttpRequest& request, char* answer, size_t capacity) {
  cancel();
  error_ = 0;
  HttpUrl url;
  if (!readHttpUrl(TextView(request.url), url)) return false;
  wire_ = url.isSecure ? secure_ : plain_;
  answer_ = answer;
  capacity_ = capacity;
  body_ = request.body;
  if (wire_ == nullptr || !writeHead(url, request)) {
    endAs(Phase::failed);
    return false;
  }
  if (!wire_->open(url.host, url.port)) {
    endAs(Phase::failed);
    return false;
  }
  phase_ = Phase::opening;
  return true;
}

bool WireHttpClient::writeHead(const HttpUrl& url, const HttpRequest& request) {
  TextWriter head(answer_, capacity_);
  head.text(request.body.isEmpty() ? "GET " : "POST ").text(url.target).text(" HTTP/1.1\r\nhost: ").text(url.authority);
  head.text("\r\nconnection: close\r\n");
  for (size_t i = 0; i < request.headerCount; i++) {
    const HttpHeader& header = request.headers[i];
    if (!isHeaderText(header.value)) return false;
    head.text(header.name).text(": ").text(header.value).text("\r\n");
  }
  if (!request.body.isEmpty()) head.text("content-length: ").number(static_cast<int64_t>(request.body.size)).text("\r\n");
  head.text("\r\n");
  headSize_ = head.size();
  sent_ = 0;
  return head.fits();
}

HttpState WireHttpClient::state() {
  if (phase_ == Phase::opening) {
    const WireState wire = wire_->state();
    if (wire == WireState::open) phase_ = Phase::sending;
    if (wire == WireState::closed) endAs(Phase::failed);
  }
  if (phase_ == Phase::sending) pollSending();
  if (phase_ == Phase::reading) pollReading();
  switch (phase_) {
    case Phase::idle:
      return HttpState::idle;
    case Phase::done:
      return HttpState::done;
    case Phase::failed:
      return HttpState::failed;
    default:
      return HttpState::underWay;
  }
}

void WireHttpClient::pollSending() {
  while (sent_ < headSize_ + body_.size) {
    const bool isHead = sent_ < headSize_;
    const char* from = isHead ? answer_ + sent_ : body_.data + (sent_ - headSize_);
    const size_t left = isHead ? headSize_ - sent_ : headSize_ + body_.size - sent_;
    const int32_t wrote = wire_->write(reinterpret_cast<const uint8_t*>(from), left);
    if (wrote < 0) return endAs(Phase::failed);
    if (wrote == 0) return;
    sent_ += static_cast<size_t>(wrote);
  }
  memset(answer_, 0, headSize_);
  reader_.begin(answer_, capacity_);
  phase_ = Phase::reading;
}

void WireHttpClient::pollReading() {
  uint8_t bytes[CONNACK_READ_BYTES];
  // So much in one turn that nothing else waits for a server that never ends.
  for (int turn = 0; turn < 8; turn++) {
    const int32_t got = wire_->read(bytes, sizeof(bytes));
    if (got == 0) return;
    const HttpRead read = got < 0 ? reader_.end() : reader_.take(bytes, static_cast<size_t>(got));
    memset(bytes, 0, sizeof(bytes));
    if (read == HttpRead::done) return endAs(Phase::done);
    if (read == HttpRead::malformed) return endAs(Phase::failed);
  }
}

void WireHttpClient::endAs(Phase phase) {
  if (wire_ != nullptr) {
    error_ = phase == Phase::failed ? wire_->lastError() : 0;
    wire_->close();
  }
  if (phase != Phase::done && answer_ != nullptr) memset(answer_, 0, capacity_);
  wire_ = nullptr;
  phase_ = phase;
}

void WireHttpClient::cancel() {
  if (phase_ == Phase::opening || phase_ == Phase::sending || phase_ == Phase::reading) endAs(Phase::idle);
  phase_ = Phase::idle;
  answer_ = nullptr;
}

}  // namespace connack
