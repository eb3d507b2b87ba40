#include "connack/connack_text.h"
#include "connack/device.h"
#include "connack/report.h"

/** What a device makes of a failure: what it says, what it remembers, and how long it waits. */
namespace connack {

namespace {

/** So many connections in a row that were accepted and soon closed: most often a second client uses the id. */
const uint8_t suspiciousInARow = 3;

}  // namespace

void Device::hasEnded(uint32_t nowMs) {
  if (isPreparing_) ports_.credentials.cancel();
  isPreparing_ = false;
  switch (client_.end()) {
    case MqttEnd::refused:
      return wasRefused(nowMs);
    case MqttEnd::unreachable:
      return wasUnreachable(nowMs);
    case MqttEnd::noConnack:
    case MqttEnd::closedEarly:
      return endedAs(nowMs, FailureKind::noAnswer, false, "no answer");
    case MqttEnd::protocol:
      return endedAs(nowMs, FailureKind::protocol, true, "protocol error");
    case MqttEnd::lost:
    case MqttEnd::silent:
    case MqttEnd::goodbye:
    case MqttEnd::none:
      return wasLost(nowMs);
  }
}

void Device::wasRefused(uint32_t nowMs) {
  const uint8_t code = client_.connackCode();
  lastConnack_ = code;
  if (isCredentialRefusal(code)) {
    // The same token again is of no use.
    ports_.credentials.discard();
    dropCredentials();
  }
  TextBuffer<200> words;
  words.text("MQTT refused: ").number(code).text(" (").text(connackName(code)).character(')');
  failed(nowMs, FailureKind::refused, code, true, words.view());
}

void Device::wasUnreachable(uint32_t nowMs) {
  TextBuffer<200> words;
  words.text("MQTT unreachable: ").text(place_.host).character(':').number(place_.port);
  const int32_t error = ports_.wire.lastError();
  // Credentials that came with a broker: it may have moved, and whoever named it knows where to.
  if (ports_.credentials.place().host != nullptr) {
    ports_.credentials.discard();
    dropCredentials();
  }
  if (error != 0) words.text(" (error ").number(error).character(')');
  failed(nowMs, FailureKind::unreachable, 0, false, words.view());
}

void Device::wasLost(uint32_t nowMs) {
  if (areCredentialsOver()) {
    // Nothing that the device could help, and no failure of the next attempt.
    failures_ = 0;
    return failed(nowMs, FailureKind::lost, 0, false, "MQTT lost: the credentials expired before there were new ones");
  }
  const bool isSuspicious = client_.end() == MqttEnd::lost && !hasLasted_;
  if (!isSuspicious) shortLives_ = 0;
  else if (shortLives_ < suspiciousInARow) shortLives_++;
  if (shortLives_ == suspiciousInARow) {
    return failed(nowMs, FailureKind::takenOver, 0, true,
                  "MQTT lost: accepted and soon closed, again and again (does a second client use the same client id?)");
  }
  endedAs(nowMs, FailureKind::lost, false, "lost");
}

void Device::endedAs(uint32_t nowMs, FailureKind kind, bool slower, const char* what) {
  TextBuffer<200> words;
  words.text("MQTT ").text(what).text(": ").text(mqttEndText(client_.end()));
  failed(nowMs, kind, 0, slower, words.view());
}

void Device::noCredentials(uint32_t nowMs, const char* problem, bool isRefused) {
  TextBuffer<200> words;
  words.text("MQTT no credentials: ").text(ports_.credentials.name()).text(": ").text(problem);
  failed(nowMs, FailureKind::noCredentials, 0, isRefused, words.view());
}

void Device::failed(uint32_t nowMs, FailureKind kind, uint8_t code, bool slower, TextView words) {
  failures_++;
  const uint32_t waitMs = reconnectIn(failures_, slower, options_.backoff, ports_.random.next());
  deadline_ = Deadline::in(nowMs, waitMs);
  if (ports_.failures != nullptr) {
    Failure failure;
    failure.at = static_cast<uint32_t>(guard_.now());
    failure.uptimeMs = nowMs;
    failure.kind = kind;
    failure.code = code;
    failure.attempt = failures_ > 0xffff ? 0xffff : static_cast<uint16_t>(failures_);
    // It takes the place of the oldest, which may be one that is being told.
    if (toldFailures_ > 0 && ports_.failures->size() == FailureLog::capacity) toldFailures_--;
    ports_.failures->add(failure);
  }
  report(words, failures_, waitMs);
  enter(DeviceState::waitingToTryAgain);
}

void Device::report(TextView words, uint32_t attempt, uint32_t nextTryMs) {
  ReportFacts facts;
  facts.isNetworkUp = ports_.board.isNetworkUp();
  facts.rssi = ports_.board.rssi();
  facts.freeHeap = ports_.board.freeHeap();
  facts.wallSeconds = ports_.clock.wallSeconds();
  facts.isTimeTrusted = guard_.isTrusted();
  facts.hasExpiry = hasCredentials_ && credentials_.expiresAt != 0;
  facts.expiresIn = credentials_.expiresAt - facts.wallSeconds;
  facts.queued = queue_.size();
  facts.dropped = queue_.dropped();
  facts.attempt = attempt;
  facts.nextTryMs = nextTryMs;
  TextBuffer<440> line;
  line.text(words);
  writeReportFacts(line, facts);
  ports_.listener.onReport(line.data());
}

/**
 * The last failures, forgotten when the broker has them. When their message had to make room, there is too much to tell as
 * it is: the next connection tells them.
 */
void Device::tellFailures() {
  FailureLog* log = ports_.failures;
  if (log == nullptr || options_.failureTopic == nullptr) return;
  const Watched watched = queue_.watched();
  if (watched == Watched::waiting || watched == Watched::displaced) return;
  if (watched == Watched::done) log->forget(toldFailures_);
  queue_.unwatch();
  toldFailures_ = 0;
  if (log->size() == 0) return;
  TextBuffer<768> text;
  log->writeJson(text);
  // Later: what was measured comes first.
  if (!queue_.hasRoom(TextView(options_.failureTopic).size + text.size())) return;
  if (queue_.putWatched(options_.failureTopic, text.view(), 1, false)) toldFailures_ = log->size();
}

}  // namespace connack
