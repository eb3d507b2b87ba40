/**
 * A sensor: sends the temperature of its chip every ten seconds, with credentials that are renewed before they end.
 * Everything that decides is in ../../core; here are the board's parts, and what is sent.
 */
#include <Arduino.h>
#include <WiFi.h>
#include <WiFiClientSecure.h>
#include <esp_attr.h>

#include "arduino_board.h"
#include "arduino_clock.h"
#include "arduino_wire.h"
#include "connack/device.h"
#include "credentials.h"

namespace {

/** For TCP, again for the handshake, and again for CONNACK. */
const int32_t socketTimeoutMs = 30000;
/** The core reconnects by itself; so long without a network, and it is begun anew. */
const uint32_t wifiPatienceMs = 30000;

/** A xiaozhi device may publish to one topic, with QoS 0, and is sent what is for it without asking. */
const bool isXiaozhi = CREDENTIAL == CREDENTIAL_CHECK_IN;

/** The last eight failures: a reset leaves them, a loss of power does not. */
RTC_NOINIT_ATTR connack::FailureLog failures;

#if MQTT_TLS
WiFiClientSecure client;
int32_t lastTlsError() {
  char text[80];
  // Core 3.x leaves the number of the socket there when a name was not found.
  const int code = client.lastError(text, sizeof(text));
  return code < 0 ? code : 0;
}
#else
WiFiClient client;
int32_t lastTlsError() { return 0; }
#endif

class Sensor final : private connack::TelemetrySource, private connack::DeviceListener {
 public:
  Sensor()
      : credentials_(identity_),
        wire_(client, socketTimeoutMs, lastTlsError),
        device_(ports(), options()) {}

  void begin() {
    Serial.print("Device ");
    connack::TextBuffer<20> id;
    Serial.println(id.text(credentials_.deviceId()).data());
    isUsable_ = credentials_.begin();
  }

  void poll() {
    if (isUsable_) device_.poll();
  }

 private:
  connack::DevicePorts ports() {
    connack::DevicePorts ports = {wire_, clock_, random_, board_, credentials_.source(), *this};
    ports.telemetry = this;
    ports.failures = &failures;
    return ports;
  }

  connack::DeviceOptions options() {
    connack::DeviceOptions options;
    options.host = MQTT_HOST;
    options.port = MQTT_PORT;
    options.builtAt = CONNACK_BUILT_AT;
    options.measureEveryMs = MEASURE_EVERY_MS;
    options.mqtt.keepAliveSeconds = 60;
    options.mqtt.timeoutMs = static_cast<uint32_t>(socketTimeoutMs);
    if (isXiaozhi) {
      options.measureQos = 0;
      return options;
    }
    const char* device = identity_.deviceId.data();
    statusTopic_.text("devices/").text(device).text("/status");
    failureTopic_.text("devices/").text(device).text("/failures");
    commandTopics_.text("devices/").text(device).text("/commands/#");
    will_.topic = statusTopic_.view();
    will_.payload = "offline";
    subscription_.filter = commandTopics_.data();
    options.failureTopic = failureTopic_.data();
    options.mqtt.will = &will_;
    options.mqtt.subscriptions = &subscription_;
    options.mqtt.subscriptionCount = 1;
    return options;
  }

  bool measure(connack::TextWriter& topic, connack::TextWriter& payload) override {
    const float celsius = temperatureRead();
    // Not a number: the sensor has no answer.
    if (isnan(celsius)) return false;
    const int32_t tenths = static_cast<int32_t>(lroundf(celsius * 10));
    if (isXiaozhi) topic.text(credentials_.publishTopic());
    else topic.text("devices/").text(identity_.deviceId.view()).text("/temperature");
    // The check-in was not there yet.
    if (topic.size() == 0) return false;
    payload.text("{\"sequence\":").number(++sequence_).text(",\"celsius\":");
    if (tenths < 0) payload.character('-');
    const int32_t size = tenths < 0 ? -tenths : tenths;
    payload.number(size / 10).character('.').number(size % 10).character('}');
    return true;
  }

  void onState(connack::DeviceState state) override {
    Serial.println(connack::deviceStateName(state));
    if (!isXiaozhi && state == connack::DeviceState::connected) device_.publish(statusTopic_.view(), "online", 1, true);
  }

  void onReport(const char* line) override { Serial.println(line); }

  void onMessage(connack::TextView topic, const uint8_t* payload, size_t size, bool /*isRetained*/) override {
    connack::TextBuffer<320> line;
    line.text("Command ").text(topic).text(": ").text(connack::TextView(reinterpret_cast<const char*>(payload), size));
    Serial.println(line.data());
  }

  // In the order in which they need each other.
  Identity identity_;
  connack::TextBuffer<48> statusTopic_;
  connack::TextBuffer<48> failureTopic_;
  connack::TextBuffer<48> commandTopics_;
  connack::Will will_;
  connack::Subscription subscription_ = {};
  SensorCredentials credentials_;
  connack::ArduinoWire wire_;
  connack::ArduinoClock clock_;
  connack::ArduinoRandom random_;
  connack::ArduinoBoard board_;
  int64_t sequence_ = 0;
  bool isUsable_ = false;
  connack::Device device_;
};

/** Made when it is first asked for, in setup: the fuses can be read by then. */
Sensor& sensor() {
  static Sensor instance;
  return instance;
}

connack::Deadline wifiBy;

void joinWifi() {
  WiFi.begin(WIFI_SSID, WIFI_PASSWORD);
  wifiBy = connack::Deadline::in(static_cast<uint32_t>(millis()), wifiPatienceMs);
}

}  // namespace

void setup() {
  Serial.begin(115200);
  WiFi.mode(WIFI_STA);
  joinWifi();
  configTime(0, 0, "pool.ntp.org", "time.cloudflare.com");
#if MQTT_TLS
  client.setCACert(MQTT_CA_CERT);
  client.setHandshakeTimeout(static_cast<unsigned long>(socketTimeoutMs / 1000));
#ifdef MQTT_CLIENT_CERT
  client.setCertificate(MQTT_CLIENT_CERT);
  client.setPrivateKey(MQTT_CLIENT_KEY);
#endif
#else
  Serial.println("MQTT without TLS: anyone on the network can read the token.");
#endif
  sensor().begin();
}

/**
 * The loop task is not watched by the watchdog unless one asks for it. A connect waits in it for up to a minute, on a socket
 * or with delays, so that the idle task goes on. Own work that must not wait belongs into a task of its own.
 */
void loop() {
  const uint32_t nowMs = static_cast<uint32_t>(millis());
  if (WiFi.status() == WL_CONNECTED) wifiBy = connack::Deadline::in(nowMs, wifiPatienceMs);
  else if (wifiBy.isOver(nowMs)) joinWifi();
  sensor().poll();
  delay(5);
}
