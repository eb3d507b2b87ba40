#include "esp_mqtt_device.h"

#include "connack/connack_text.h"
#include "connack/text_writer.h"

namespace connack {

namespace {

/** For credentials that are fetched. */
const uint32_t credentialsTimeoutMs = 30000;

}  // namespace

EspMqttDevice::EspMqttDevice(const esp_mqtt_client_config_t& config, CredentialSource& source, Clock& clock, Random& random,
                             int64_t builtAt, TellLine tell)
    : config_(config), source_(source), clock_(clock), random_(random), guard_(clock, builtAt), tell_(tell) {
  config_.network.disable_auto_reconnect = true;
  deadline_ = Deadline::in(clock_.monotonicMs(), credentialsTimeoutMs);
}

/** In the client's task. */
void EspMqttDevice::onEvent(void* self, esp_event_base_t, int32_t id, void* data) {
  EspMqttDevice& device = *static_cast<EspMqttDevice*>(self);
  const esp_mqtt_event_t& event = *static_cast<esp_mqtt_event_handle_t>(data);
  switch (id) {
    case MQTT_EVENT_BEFORE_CONNECT:
      return device.beforeConnect(event.client);
    case MQTT_EVENT_CONNECTED:
      device.hasConnected_ = true;
      return;
    case MQTT_EVENT_DISCONNECTED:
      device.hasDisconnected_ = true;
      return;
    case MQTT_EVENT_ERROR:
      if (event.error_handle != nullptr) device.wasRefused(*event.error_handle);
      return;
    default:
      return;
  }
}

void EspMqttDevice::beforeConnect(esp_mqtt_client_handle_t client) {
  config_.credentials.client_id = credentials_.clientId;
  config_.credentials.username = credentials_.username;
  config_.credentials.authentication.password = credentials_.password;
  // All of it: what is left out becomes the default.
  esp_mqtt_set_config(client, &config_);
}

void EspMqttDevice::wasRefused(const esp_mqtt_error_codes_t& error) {
  if (error.error_type == MQTT_ERROR_TYPE_CONNECTION_REFUSED) refusal_ = error.connect_return_code;
}

void EspMqttDevice::poll() {
  const uint32_t nowMs = clock_.monotonicMs();
  guard_.poll();
  switch (state_) {
    case State::gettingCredentials:
      return pollGetting(nowMs);
    case State::waitingToTryAgain:
      if (!deadline_.isOver(nowMs)) return;
      state_ = State::gettingCredentials;
      deadline_ = Deadline::in(nowMs, credentialsTimeoutMs);
      return;
    case State::connecting:
      return pollConnecting(nowMs);
    case State::connected:
      return pollConnected(nowMs);
    case State::leaving:
      if (!hasDisconnected_.exchange(false)) return;
      hasCredentials_ = false;
      state_ = State::gettingCredentials;
      deadline_ = Deadline::in(nowMs, credentialsTimeoutMs);
      return;
  }
}

void EspMqttDevice::pollGetting(uint32_t nowMs) {
  const int64_t now = guard_.now();
  const bool areOver = credentials_.expiresAt != 0 && now >= credentials_.expiresAt;
  // Those that are still good are not asked for again because a network was down.
  if (hasCredentials_ && !areOver) return connect(nowMs);
  if (source_.needsClock() && now == 0) {
    deadline_ = Deadline::in(nowMs, credentialsTimeoutMs);
    return;
  }
  switch (source_.prepare(now)) {
    case Readiness::pending:
      if (!deadline_.isOver(nowMs)) return;
      source_.cancel();
      return failed(nowMs, "no credentials: no answer in time", false);
    case Readiness::ready:
      hasCredentials_ = source_.take(now, credentials_);
      if (hasCredentials_) return connect(nowMs);
      [[fallthrough]];
    case Readiness::failed:
      return failed(nowMs, source_.problem(), source_.isRefused());
  }
}

bool EspMqttDevice::start() {
  if (client_ == nullptr) {
    esp_mqtt_client_handle_t made = esp_mqtt_client_init(&config_);
    if (made == nullptr) return false;
    if (esp_mqtt_client_register_event(made, MQTT_EVENT_ANY, onEvent, this) != ESP_OK) {
      esp_mqtt_client_destroy(made);
      return false;
    }
    client_ = made;
  }
  return esp_mqtt_client_start(client_) == ESP_OK;
}

void EspMqttDevice::connect(uint32_t nowMs) {
  hasConnected_ = false;
  hasDisconnected_ = false;
  refusal_ = 0;
  if (!isStarted_) {
    if (!start()) return failed(nowMs, "esp-mqtt does not start: memory, or the configuration", false);
    isStarted_ = true;
  } else if (esp_mqtt_client_reconnect(client_) != ESP_OK) {
    // It is not yet where it waits for this; the next turn tries again.
    return;
  }
  state_ = State::connecting;
}

void EspMqttDevice::pollConnecting(uint32_t nowMs) {
  if (hasConnected_.exchange(false)) {
    const int64_t now = guard_.now();
    refreshTime_ = refreshTime(credentials_.expiresAt, now, RefreshOptions(), random_.next());
    refreshAt_ = Deadline::in(nowMs, refreshTime_.inMs);
    failures_ = 0;
    isRefreshing_ = false;
    state_ = State::connected;
    tell_("MQTT connected");
    return;
  }
  if (!hasDisconnected_.exchange(false)) return;
  const int code = refusal_.exchange(0);
  if (code == 0) return failed(nowMs, "MQTT unreachable, or no answer", false);
  if (isCredentialRefusal(static_cast<uint8_t>(code))) {
    // The same token again is of no use.
    source_.discard();
    credentials_.wipe();
    hasCredentials_ = false;
  }
  TextBuffer<80> words;
  words.text("MQTT refused: ").number(code).text(" (").text(connackName(static_cast<uint8_t>(code))).character(')');
  failed(nowMs, words.data(), true);
}

bool EspMqttDevice::isRefreshDue(uint32_t nowMs) {
  if (refreshTime_.isNever) return false;
  return refreshAt_.isOver(nowMs) || (refreshTime_.latestAt != 0 && guard_.now() >= refreshTime_.latestAt);
}

void EspMqttDevice::pollConnected(uint32_t nowMs) {
  if (hasDisconnected_.exchange(false)) {
    source_.cancel();
    return failed(nowMs, "MQTT lost", false);
  }
  if (!isRefreshDue(nowMs)) return;
  if (!isRefreshing_) refreshedBy_ = Deadline::in(nowMs, credentialsTimeoutMs);
  isRefreshing_ = true;
  const Readiness readiness = source_.prepare(guard_.now());
  if (readiness == Readiness::pending) {
    if (!refreshedBy_.isOver(nowMs)) return;
    source_.cancel();
    return refreshFailed(nowMs, "no new credentials: no answer in time");
  }
  if (readiness == Readiness::failed) return refreshFailed(nowMs, source_.problem());
  // With DISCONNECT, so that no will is published. refresh_connection_after_ms of esp-mqtt ends it without.
  esp_mqtt_client_disconnect(client_);
  state_ = State::leaving;
}

/** The old connection goes on as long as it may. */
void EspMqttDevice::refreshFailed(uint32_t nowMs, const char* problem) {
  failures_++;
  isRefreshing_ = false;
  refreshTime_.latestAt = 0;
  refreshAt_ = Deadline::in(nowMs, reconnectIn(failures_, source_.isRefused(), BackoffOptions(), random_.next()));
  tell_(problem);
}

void EspMqttDevice::failed(uint32_t nowMs, const char* words, bool slower) {
  failures_++;
  const uint32_t waitMs = reconnectIn(failures_, slower, BackoffOptions(), random_.next());
  deadline_ = Deadline::in(nowMs, waitMs);
  state_ = State::waitingToTryAgain;
  TextBuffer<200> line;
  line.text(words).text(" attempt=").number(failures_).text(" next_try=").number((waitMs + 999) / 1000).character('s');
  tell_(line.data());
}

}  // namespace connack
