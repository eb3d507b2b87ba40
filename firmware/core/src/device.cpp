#include "connack/device.h"

/** The states of a device, and what each of them does in its turn. What follows a failure: device_failure.cpp. */
namespace connack {

namespace {

/** How often a device that waits for the time says so. */
const uint32_t remindEveryMs = 60000;

}  // namespace

Device::Device(const DevicePorts& ports, const DeviceOptions& options)
    : ports_(ports),
      options_(options),
      client_(ports.wire, queue_, *this, options.mqtt),
      guard_(ports.clock, options.builtAt) {}

void Device::poll() {
  const uint32_t nowMs = ports_.clock.monotonicMs();
  if (!isStarted_) start(nowMs);
  guard_.poll();
  if (isStopping_) return pollStopping(nowMs);
  pollMeasuring(nowMs);
  switch (state_) {
    case DeviceState::waitingForNetwork:
      if (ports_.board.isNetworkUp()) startGetting(nowMs);
      break;
    case DeviceState::waitingForClock:
      pollWaitingForClock(nowMs);
      break;
    case DeviceState::gettingCredentials:
      pollGetting(nowMs);
      break;
    case DeviceState::connecting:
      pollConnecting(nowMs);
      break;
    case DeviceState::connected:
      pollConnected(nowMs);
      break;
    case DeviceState::refreshing:
      pollRefreshing(nowMs);
      break;
    case DeviceState::waitingToTryAgain:
      if (deadline_.isOver(nowMs)) startGetting(nowMs);
      break;
    case DeviceState::stopped:
      break;
  }
}

void Device::start(uint32_t nowMs) {
  isStarted_ = true;
  // A moment of now: one of zero would be in the future for 24 days once the clock is beyond its half.
  measureAt_ = Deadline::in(nowMs, 0);
  if (ports_.failures != nullptr) ports_.failures->restore();
  const char* warning = ports_.credentials.warning();
  if (warning != nullptr) ports_.listener.onReport(warning);
}

bool Device::publish(TextView topic, TextView payload, uint8_t qos, bool retain) {
  return queue_.put(topic, payload, qos, retain);
}

void Device::stop() {
  if (isStopping_) return;
  isStopping_ = true;
  deadline_ = Deadline::in(ports_.clock.monotonicMs(), options_.patienceMs);
  ports_.credentials.cancel();
}

void Device::enter(DeviceState state) {
  if (state == state_) return;
  state_ = state;
  ports_.listener.onState(state);
}

void Device::pollStopping(uint32_t nowMs) {
  if (state_ == DeviceState::stopped) return;
  // The broker may let in who has sent CONNECT, and would publish the last will of who is then gone without DISCONNECT.
  if (client_.state() == MqttState::greeting && !deadline_.isOver(nowMs)) return client_.poll(nowMs);
  if (client_.state() != MqttState::leaving) client_.disconnect(nowMs, options_.patienceMs);
  client_.poll(nowMs);
  if (client_.state() != MqttState::leaving) enter(DeviceState::stopped);
}

void Device::pollMeasuring(uint32_t nowMs) {
  if (ports_.telemetry == nullptr || !measureAt_.isOver(nowMs)) return;
  measureAt_ = Deadline::in(nowMs, options_.measureEveryMs);
  TextBuffer<128> topic;
  TextBuffer<256> payload;
  if (!ports_.telemetry->measure(topic, payload)) return;
  // Half a message is none; the queue counts it as dropped.
  const bool fits = topic.fits() && payload.fits();
  queue_.put(fits ? topic.view() : TextView(), payload.view(), options_.measureQos, false);
}

void Device::startGetting(uint32_t nowMs) {
  if (!ports_.board.isNetworkUp()) return enter(DeviceState::waitingForNetwork);
  // Those that are still good are not asked for again because a network was down.
  if (hasCredentials_ && !areCredentialsOver()) return startConnecting(nowMs);
  dropCredentials();
  if (ports_.credentials.needsClock() && !guard_.isTrusted()) {
    if (state_ != DeviceState::waitingForClock) remindAt_ = Deadline::in(nowMs, remindEveryMs);
    return enter(DeviceState::waitingForClock);
  }
  enter(DeviceState::gettingCredentials);
  deadline_ = Deadline::in(nowMs, options_.credentialsTimeoutMs);
}

void Device::pollWaitingForClock(uint32_t nowMs) {
  if (guard_.isTrusted()) return startGetting(nowMs);
  if (!remindAt_.isOver(nowMs)) return;
  remindAt_ = Deadline::in(nowMs, remindEveryMs);
  report(guard_.isSynchronised() ? "MQTT waits for the clock: it is before this program was built"
                                 : "MQTT waits for the clock: SNTP has not finished",
         0, 0);
}

void Device::pollGetting(uint32_t nowMs) {
  CredentialSource& source = ports_.credentials;
  // Set back meanwhile.
  if (source.needsClock() && !guard_.isTrusted()) {
    source.cancel();
    return startGetting(nowMs);
  }
  switch (source.prepare(guard_.now())) {
    case Readiness::pending:
      if (!deadline_.isOver(nowMs)) return;
      source.cancel();
      return noCredentials(nowMs, "no answer in time", false);
    case Readiness::ready:
      if (takeCredentials()) return startConnecting(nowMs);
      return noCredentials(nowMs, problem_, source.isRefused());
    case Readiness::failed:
      return noCredentials(nowMs, source.problem(), source.isRefused());
  }
}

bool Device::takeCredentials() {
  // One client id for the whole life: another one would be another session, and other credentials' business.
  char clientId[sizeof(credentials_.clientId)];
  memcpy(clientId, credentials_.clientId, sizeof(clientId));
  hasCredentials_ = ports_.credentials.take(guard_.now(), credentials_);
  problem_ = ports_.credentials.problem();
  place_ = ports_.credentials.place();
  if (place_.host == nullptr) place_ = {options_.host, options_.port};
  if (hasCredentials_ && clientId[0] != '\0' && TextView(clientId) != TextView(credentials_.clientId)) {
    problem_ = "they are for another client id than this device has";
    hasCredentials_ = false;
  }
  if (hasCredentials_) {
    isRefreshAsked_ = false;
    return true;
  }
  dropCredentials();
  if (clientId[0] != '\0') memcpy(credentials_.clientId, clientId, sizeof(clientId));
  return false;
}

void Device::dropCredentials() {
  hasCredentials_ = false;
  credentials_.wipe();
}

bool Device::areCredentialsOver() {
  const int64_t now = guard_.now();
  return credentials_.expiresAt != 0 && now != 0 && now >= credentials_.expiresAt;
}

void Device::startConnecting(uint32_t nowMs) {
  enter(DeviceState::connecting);
  client_.connect(place_.host == nullptr ? "" : place_.host, place_.port, credentials_, nowMs);
}

void Device::pollConnecting(uint32_t nowMs) {
  client_.poll(nowMs);
  if (client_.state() == MqttState::connected) return hasConnected(nowMs);
  if (client_.state() == MqttState::ended) hasEnded(nowMs);
}

void Device::hasConnected(uint32_t nowMs) {
  connects_++;
  lastConnack_ = 0;
  const int64_t now = guard_.now();
  // Without a time nobody knows how long they last: as long as any are used.
  const int64_t expiresAt = credentials_.expiresAt;
  const int64_t from = now != 0 || expiresAt == 0 ? now : expiresAt - INT32_MAX;
  refreshTime_ = refreshTime(expiresAt, from, options_.refresh, ports_.random.next());
  refreshAt_ = Deadline::in(nowMs, refreshTime_.inMs);
  lastingAt_ = Deadline::in(nowMs, options_.lastingMs);
  hasLasted_ = false;
  isPreparing_ = false;
  isPreparePaused_ = false;
  prepareFailures_ = 0;
  enter(DeviceState::connected);
  if (queue_.watched() == Watched::displaced) queue_.unwatch();
  report("MQTT connected", failures_ + 1, 0);
}

void Device::pollConnected(uint32_t nowMs) {
  client_.poll(nowMs);
  if (client_.state() == MqttState::ended) return hasEnded(nowMs);
  if (!hasLasted_ && lastingAt_.isOver(nowMs)) {
    hasLasted_ = true;
    failures_ = 0;
    shortLives_ = 0;
  }
  tellFailures();
  prepareRefresh(nowMs);
}

bool Device::isRefreshDue(uint32_t nowMs) {
  if (isRefreshAsked_) return true;
  if (refreshTime_.isNever) return false;
  return refreshAt_.isOver(nowMs) || (refreshTime_.latestAt != 0 && guard_.now() >= refreshTime_.latestAt);
}

void Device::prepareRefresh(uint32_t nowMs) {
  CredentialSource& source = ports_.credentials;
  if (!isPreparing_) {
    if (!isRefreshDue(nowMs) || (isPreparePaused_ && !prepareAgainAt_.isOver(nowMs))) return;
    isPreparing_ = true;
    deadline_ = Deadline::in(nowMs, options_.credentialsTimeoutMs);
  }
  if (source.needsClock() && !guard_.isTrusted()) return refreshFailed(nowMs, "the clock was set back");
  switch (source.prepare(guard_.now())) {
    case Readiness::pending:
      if (deadline_.isOver(nowMs)) refreshFailed(nowMs, "no answer in time");
      return;
    case Readiness::failed:
      return refreshFailed(nowMs, source.problem());
    case Readiness::ready:
      break;
  }
  isPreparing_ = false;
  client_.holdMessages(true);
  deadline_ = Deadline::in(nowMs, options_.patienceMs);
  enter(DeviceState::refreshing);
}

/** The old connection goes on; they are asked for again later. */
void Device::refreshFailed(uint32_t nowMs, const char* problem) {
  CredentialSource& source = ports_.credentials;
  source.cancel();
  isPreparing_ = false;
  isPreparePaused_ = true;
  prepareFailures_++;
  const uint32_t waitMs = reconnectIn(prepareFailures_, source.isRefused(), options_.backoff, ports_.random.next());
  prepareAgainAt_ = Deadline::in(nowMs, waitMs);
  TextBuffer<200> words;
  words.text("MQTT no new credentials: ").text(source.name()).text(": ").text(problem);
  report(words.view(), prepareFailures_, waitMs);
}

void Device::pollRefreshing(uint32_t nowMs) {
  client_.poll(nowMs);
  if (client_.state() == MqttState::connected && (client_.isSettled() || deadline_.isOver(nowMs))) {
    client_.disconnect(nowMs, options_.patienceMs);
    client_.poll(nowMs);
  }
  if (client_.state() != MqttState::ended) return;
  refreshes_++;
  failures_ = 0;
  shortLives_ = 0;
  // Set back meanwhile: the old ones, or none before it is right.
  if (ports_.credentials.needsClock() && !guard_.isTrusted()) return startGetting(nowMs);
  // Minted at the last moment: waiting made them no older.
  if (takeCredentials()) return startConnecting(nowMs);
  noCredentials(nowMs, problem_, ports_.credentials.isRefused());
}

DeviceStatus Device::status() {
  const uint32_t nowMs = ports_.clock.monotonicMs();
  DeviceStatus status = {};
  status.state = state_;
  status.clientId = credentials_.clientId;
  status.lastConnack = lastConnack_;
  status.failures = failures_;
  status.attempts = client_.connects();
  status.connects = connects_;
  status.refreshes = refreshes_;
  status.queued = queue_.size();
  status.dropped = queue_.dropped();
  status.skippedMessages = client_.skippedMessages();
  status.isTimeTrusted = guard_.isTrusted();
  if (hasCredentials_ && credentials_.expiresAt != 0 && guard_.now() != 0) {
    status.credentialsExpireIn = credentials_.expiresAt - guard_.now();
  }
  if (state_ == DeviceState::waitingToTryAgain) status.nextTryMs = deadline_.left(nowMs);
  return status;
}

void Device::onMessage(TextView topic, const uint8_t* payload, size_t size, bool isRetained) {
  ports_.listener.onMessage(topic, payload, size, isRetained);
}

void Device::onSubscriptionRefused(const char* filter) {
  TextBuffer<200> words;
  words.text("MQTT subscription refused: ").text(filter).text(" (the rights of this device do not hold it)");
  report(words.view(), 0, 0);
}

}  // namespace connack
