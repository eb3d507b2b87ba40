#pragma once
#include <mqtt_client.h>

#include <atomic>

#include "connack/backoff.h"
#include "connack/clock.h"
#include "connack/credentials.h"
#include "connack/random.h"
#include "connack/refresh_schedule.h"

namespace connack {

/** Called from `poll`, with one line for people; no secret is in it. */
using TellLine = void (*)(const char* line);

/**
 * esp-mqtt with credentials that are renewed before they end. It never reconnects by itself: it would do so with the old
 * ones. Publish and subscribe with the client itself; its outbox keeps what is not acknowledged,
 * for CONFIG_MQTT_OUTBOX_EXPIRED_TIMEOUT_MS.
 */
class EspMqttDevice {
 public:
  /**
   * @param config all of it but the credentials; what it points at has to stay
   * @param builtAt Unix seconds when the program was built: no time before is believed
   */
  EspMqttDevice(const esp_mqtt_client_config_t& config, CredentialSource& source, Clock& clock, Random& random,
                int64_t builtAt, TellLine tell);
  EspMqttDevice(const EspMqttDevice&) = delete;
  EspMqttDevice& operator=(const EspMqttDevice&) = delete;

  /** Call it from one task, often: each 100 ms will do. */
  void poll();
  /** Null until the first credentials are there. */
  esp_mqtt_client_handle_t client() const { return client_; }
  bool isConnected() const { return state_ == State::connected; }

 private:
  enum class State : uint8_t { gettingCredentials, waitingToTryAgain, connecting, connected, leaving };

  static void onEvent(void* self, esp_event_base_t base, int32_t id, void* data);
  void beforeConnect(esp_mqtt_client_handle_t client);
  void wasRefused(const esp_mqtt_error_codes_t& error);
  void pollGetting(uint32_t nowMs);
  void pollConnecting(uint32_t nowMs);
  void pollConnected(uint32_t nowMs);
  bool isRefreshDue(uint32_t nowMs);
  void refreshFailed(uint32_t nowMs, const char* problem);
  bool start();
  void connect(uint32_t nowMs);
  void failed(uint32_t nowMs, const char* words, bool slower);

  esp_mqtt_client_config_t config_;
  CredentialSource& source_;
  Clock& clock_;
  Random& random_;
  ClockGuard guard_;
  TellLine tell_;
  esp_mqtt_client_handle_t client_ = nullptr;
  /** Written by `poll`, and only while the client has no connection and makes none: its own task reads them. */
  Credentials credentials_;
  bool hasCredentials_ = false;
  bool isStarted_ = false;
  State state_ = State::gettingCredentials;
  uint32_t failures_ = 0;
  Deadline deadline_;
  Deadline refreshAt_;
  /** New credentials are under way, beside the connection. */
  bool isRefreshing_ = false;
  Deadline refreshedBy_;
  RefreshTime refreshTime_ = {};
  // What the client's task says.
  std::atomic<bool> hasConnected_{false};
  std::atomic<bool> hasDisconnected_{false};
  /** CONNACK code of a refusal; 0: none. */
  std::atomic<int> refusal_{0};
};

}  // namespace connack
