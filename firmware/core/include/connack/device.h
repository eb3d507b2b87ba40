#pragma once
#include "connack/backoff.h"
#include "connack/board.h"
#include "connack/clock.h"
#include "connack/credentials.h"
#include "connack/failure_log.h"
#include "connack/mqtt_client.h"
#include "connack/random.h"
#include "connack/refresh_schedule.h"
#include "connack/telemetry_queue.h"
#include "connack/telemetry_source.h"
#include "connack/wire.h"

namespace connack {

enum class DeviceState : uint8_t {
  waitingForNetwork,
  waitingForClock,
  gettingCredentials,
  connecting,
  connected,
  /** The old connection is being ended in order; a new one follows at once. */
  refreshing,
  waitingToTryAgain,
  stopped,
};

/** As the TypeScript device calls them: `waiting for the clock`, … */
const char* deviceStateName(DeviceState state);

/** What a program may want to hear. Called from `poll`; may call `publish`, and nothing else of the device. */
class DeviceListener {
 public:
  virtual void onState(DeviceState) {}
  /** One line for people, without a secret. */
  virtual void onReport(const char* /*line*/) {}
  /** From the broker. The bytes are good for the length of the call. */
  virtual void onMessage(TextView /*topic*/, const uint8_t* /*payload*/, size_t /*size*/, bool /*isRetained*/) {}

 protected:
  ~DeviceListener() = default;
};

/** What a device needs; all of it has to live as long as the device. */
struct DevicePorts {
  Wire& wire;
  Clock& clock;
  Random& random;
  Board& board;
  CredentialSource& credentials;
  DeviceListener& listener;
  /** Optional: asked every `measureEveryMs`. */
  TelemetrySource* telemetry = nullptr;
  /** Optional: memory that outlives a reset. */
  FailureLog* failures = nullptr;
};

/** The texts have to stay. */
struct DeviceOptions {
  const char* host = nullptr;
  uint16_t port = 8883;
  /** Unix seconds when the program was built: no time before is believed. */
  int64_t builtAt = 0;
  MqttOptions mqtt;
  BackoffOptions backoff;
  RefreshOptions refresh;
  uint32_t measureEveryMs = 10000;
  /** Of what is measured: 1, or 0 where the rights hold no more. */
  uint8_t measureQos = 1;
  /** Where the last failures are published after the first success; null: nowhere. */
  const char* failureTopic = nullptr;
  /** For credentials. */
  uint32_t credentialsTimeoutMs = 30000;
  /** A refresh waits so long for what the broker has not acknowledged, and again for its goodbye to leave. */
  uint32_t patienceMs = 2000;
  /** A connection that lasted so long starts the count of failures again. */
  uint32_t lastingMs = 60000;
};

/** For a display or a health message; no secret is in it. */
struct DeviceStatus {
  DeviceState state;
  const char* clientId;
  /** Of the last CONNACK; 255 before the first. */
  uint8_t lastConnack;
  /** In a row. */
  uint32_t failures;
  /** CONNECTs that were begun, and that were accepted; planned hand-overs. */
  uint32_t attempts;
  uint32_t connects;
  uint32_t refreshes;
  size_t queued;
  uint32_t dropped;
  uint32_t skippedMessages;
  bool isTimeTrusted;
  /** Seconds; 0 where there are none or they do not expire. */
  int64_t credentialsExpireIn;
  /** Milliseconds until the next attempt; 0 where none is waited for. */
  uint32_t nextTryMs;
};

/**
 * A device that stays connected with fresh credentials: waits for network and time, makes or fetches credentials, connects,
 * renews them before they end, and comes back after a failure. Call `poll` often; it never waits.
 */
class Device final : private MqttListener {
 public:
  Device(const DevicePorts& ports, const DeviceOptions& options);

  void poll();
  /** Queues a message. False, and counted, where it is larger than the queue. */
  bool publish(TextView topic, TextView payload, uint8_t qos = 1, bool retain = false);
  /** Connects with new credentials as soon as there is a connection. */
  void refresh() { isRefreshAsked_ = true; }
  /** Says goodbye to the broker, and ends. `poll` until the state is `stopped`. */
  void stop();

  DeviceState state() const { return state_; }
  DeviceStatus status();
  const TelemetryQueue& queue() const { return queue_; }

 private:
  void onMessage(TextView topic, const uint8_t* payload, size_t size, bool isRetained) override;
  void onSubscriptionRefused(const char* filter) override;

  void start(uint32_t nowMs);
  void enter(DeviceState state);
  void pollMeasuring(uint32_t nowMs);
  void pollStopping(uint32_t nowMs);
  void pollWaitingForClock(uint32_t nowMs);
  void pollGetting(uint32_t nowMs);
  void pollConnecting(uint32_t nowMs);
  void pollConnected(uint32_t nowMs);
  void pollRefreshing(uint32_t nowMs);
  void startGetting(uint32_t nowMs);
  void startConnecting(uint32_t nowMs);
  void hasConnected(uint32_t nowMs);
  void hasEnded(uint32_t nowMs);
  void wasRefused(uint32_t nowMs);
  void wasUnreachable(uint32_t nowMs);
  void wasLost(uint32_t nowMs);
  void endedAs(uint32_t nowMs, FailureKind kind, bool slower, const char* what);
  void prepareRefresh(uint32_t nowMs);
  void refreshFailed(uint32_t nowMs, const char* problem);
  bool isRefreshDue(uint32_t nowMs);
  bool areCredentialsOver();
  bool takeCredentials();
  void dropCredentials();
  void noCredentials(uint32_t nowMs, const char* problem, bool isRefused);
  void failed(uint32_t nowMs, FailureKind kind, uint8_t code, bool slower, TextView words);
  void report(TextView words, uint32_t attempt, uint32_t nextTryMs);
  void tellFailures();

  DevicePorts ports_;
  const DeviceOptions options_;
  TelemetryQueue queue_;
  MqttClient client_;
  ClockGuard guard_;
  Credentials credentials_;
  BrokerPlace place_;
  bool hasCredentials_ = false;
  bool isRefreshAsked_ = false;
  bool isStopping_ = false;
  bool isPreparing_ = false;
  const char* problem_ = nullptr;
  bool isPreparePaused_ = false;
  bool isStarted_ = false;
  bool hasLasted_ = false;
  /** How many of the failures that are kept the message under way tells: the oldest ones. */
  uint8_t toldFailures_ = 0;
  uint8_t lastConnack_ = 255;
  uint8_t shortLives_ = 0;
  DeviceState state_ = DeviceState::waitingForNetwork;
  uint32_t failures_ = 0;
  uint32_t connects_ = 0;
  uint32_t refreshes_ = 0;
  uint32_t prepareFailures_ = 0;
  RefreshTime refreshTime_ = {};
  Deadline deadline_;
  Deadline refreshAt_;
  Deadline prepareAgainAt_;
  Deadline measureAt_;
  Deadline lastingAt_;
  Deadline remindAt_;
};

}  // namespace connack
