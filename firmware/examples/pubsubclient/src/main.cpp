/**
 * For who keeps PubSubClient: tokens that are made after the clock is set, and renewed before they end. It uses config.h of
 * arduino/include. PubSubClient publishes with QoS 0 alone: what is under way when a connection ends is lost.
 */
#include <Arduino.h>
#include <PubSubClient.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>

#include "arduino_board.h"
#include "arduino_clock.h"
#include "connack/backoff.h"
#include "connack/connack_text.h"
#include "connack/refresh_schedule.h"
#include "credentials.h"

#if CREDENTIAL == CREDENTIAL_CHECK_IN
#error "config.h: a check-in names broker and topic; this example has them from config.h. The sketch in arduino/ can do it"
#endif

namespace {

#if MQTT_TLS
WiFiClientSecure client;
#else
WiFiClient client;
#endif
PubSubClient mqtt(client);
connack::ArduinoClock wallClock;
connack::ArduinoRandom randomness;
connack::ClockGuard guard(wallClock, CONNACK_BUILT_AT);
connack::Credentials credentials;
connack::RefreshTime refresh = {};
connack::Deadline refreshAt;
connack::Deadline tryAt;
connack::Deadline measureAt;
uint32_t failures = 0;
/** Credentials are under way until then, at most. */
bool isAsking = false;
connack::Deadline askedBy;
const uint32_t credentialsTimeoutMs = 30000;

const Identity& identity() {
  static const Identity instance;
  return instance;
}

SensorCredentials& source() {
  static SensorCredentials instance(identity());
  return instance;
}

bool isRefreshDue(uint32_t nowMs) {
  if (refresh.isNever) return false;
  return refreshAt.isOver(nowMs) || (refresh.latestAt != 0 && guard.now() >= refresh.latestAt);
}

/** From now on: what came before may have waited for a minute. */
void waitAfter(bool wasRefused) {
  failures++;
  isAsking = false;
  tryAt = connack::Deadline::in(static_cast<uint32_t>(millis()), connack::reconnectIn(failures, wasRefused, {}, randomness.next()));
}

void connectWithNewToken(uint32_t nowMs) {
  connack::CredentialSource& from = source().source();
  // A token of 1970 would be refused for ever.
  if (from.needsClock() && !guard.isTrusted()) return;
  if (!isAsking) askedBy = connack::Deadline::in(nowMs, credentialsTimeoutMs);
  isAsking = true;
  const connack::Readiness readiness = from.prepare(guard.now());
  if (readiness == connack::Readiness::pending && !askedBy.isOver(nowMs)) return;
  if (readiness == connack::Readiness::pending) from.cancel();
  if (readiness != connack::Readiness::ready || !from.take(guard.now(), credentials)) {
    Serial.println(from.problem());
    return waitAfter(from.isRefused());
  }
  isAsking = false;
  connack::TextBuffer<48> willTopic;
  willTopic.text("devices/").text(identity().deviceId.view()).text("/status");
  // The same client id for ever, and no clean session: the broker keeps what comes while the device is away.
  const bool isConnected = mqtt.connect(credentials.clientId, credentials.username, credentials.password, willTopic.data(), 1,
                                        true, "offline", false);
  credentials.wipe();
  if (!isConnected) {
    const int state = mqtt.state();
    connack::TextBuffer<200> line;
    line.text("MQTT connection failed! State: ").number(state).text(" (").text(connack::pubSubClientStateText(state)).character(')');
    Serial.println(line.data());
    return waitAfter(state > 0);
  }
  failures = 0;
  refresh = connack::refreshTime(credentials.expiresAt, guard.now(), {}, randomness.next());
  refreshAt = connack::Deadline::in(static_cast<uint32_t>(millis()), refresh.inMs);
  // Retained as the will is, or "offline" would stay for ever.
  mqtt.publish(willTopic.data(), "online", true);
  Serial.println("MQTT connected!");
}

void publishTemperature() {
  connack::TextBuffer<48> topic;
  topic.text("devices/").text(identity().deviceId.view()).text("/temperature");
  connack::TextBuffer<16> celsius;
  celsius.number(lroundf(temperatureRead()));
  mqtt.publish(topic.data(), celsius.data());
}

}  // namespace

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  WiFi.begin(WIFI_SSID, WIFI_PASSWORD);
  configTime(0, 0, "pool.ntp.org");
#if MQTT_TLS
  client.setCACert(MQTT_CA_CERT);
  client.setHandshakeTimeout(30);
#ifdef MQTT_CLIENT_CERT
  client.setCertificate(MQTT_CLIENT_CERT);
  client.setPrivateKey(MQTT_CLIENT_KEY);
#endif
#endif
  mqtt.setServer(MQTT_HOST, MQTT_PORT);
  mqtt.setKeepAlive(60);
  mqtt.setSocketTimeout(30);
  // CONNECT has to fit, and the usual 256 bytes hold no token: connect() would fail with state -1 and send nothing.
  if (!mqtt.setBufferSize(CONNACK_MAX_PASSWORD + CONNACK_MAX_CLIENT_ID + CONNACK_MAX_USERNAME + 128)) {
    Serial.println("There is no memory for the buffer of PubSubClient: no token will fit.");
  }
  source().begin();
  const uint32_t nowMs = static_cast<uint32_t>(millis());
  tryAt = connack::Deadline::in(nowMs, 0);
  measureAt = connack::Deadline::in(nowMs, 0);
}

void loop() {
  const uint32_t nowMs = static_cast<uint32_t>(millis());
  guard.poll();
  if (!mqtt.connected()) {
    if (WiFi.status() == WL_CONNECTED && tryAt.isOver(nowMs)) connectWithNewToken(nowMs);
  } else if (isRefreshDue(nowMs)) {
    // With DISCONNECT, so that no will is published; the next turn connects.
    mqtt.disconnect();
    tryAt = connack::Deadline::in(nowMs, 0);
  } else if (measureAt.isOver(nowMs)) {
    measureAt = connack::Deadline::in(nowMs, MEASURE_EVERY_MS);
    publishTemperature();
  }
  mqtt.loop();
  delay(5);
}
