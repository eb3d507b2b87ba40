#include <esp_event.h>
#include <esp_log.h>
#include <esp_mac.h>
#include <esp_netif.h>
#include <esp_netif_sntp.h>
#include <esp_random.h>
#include <freertos/FreeRTOS.h>
#include <freertos/task.h>
#include <nvs_flash.h>
#include <protocol_examples_common.h>
#include <stdio.h>

#include "connack/minted_jwt.h"
#include "esp_mqtt_device.h"
#include "idf_clock.h"
#include "mbedtls_crypto.h"

/** A device on esp-mqtt: says how long it has been up, each ten seconds. `idf.py menuconfig`, Connack, comes first. */

static_assert(sizeof(CONFIG_CONNACK_BROKER_URI) > 1, "menuconfig: the URI of the broker is empty");
static_assert(sizeof(CONFIG_CONNACK_DEVICE_KEY) == 65, "menuconfig: a device key has 64 hexadecimal digits");

namespace {

const char* const tag = "sensor";

class IdfRandom final : public connack::Random {
 public:
  uint32_t next() override { return esp_random(); }
};

void tell(const char* line) { ESP_LOGI(tag, "%s", line); }

}  // namespace

extern "C" void app_main(void) {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  const esp_sntp_config_t sntp = ESP_NETIF_SNTP_DEFAULT_CONFIG("pool.ntp.org");
  ESP_ERROR_CHECK(esp_netif_sntp_init(&sntp));

  uint8_t mac[6];
  ESP_ERROR_CHECK(esp_efuse_mac_get_default(mac));
  // As the Arduino sketch calls itself: the same board stays the same device.
  char deviceId[16];
  snprintf(deviceId, sizeof(deviceId), "sensor_%02X%02X%02X", mac[3], mac[4], mac[5]);
  connack::TextBuffer<48> topic;
  topic.text("devices/").text(deviceId).text("/uptime");
  connack::TextBuffer<48> willTopic;
  willTopic.text("devices/").text(deviceId).text("/status");

  connack::MintedJwtOptions jwt;
  jwt.deviceId = deviceId;
  jwt.issuer = CONFIG_CONNACK_TOKEN_ISSUER;
  jwt.audience = CONFIG_CONNACK_TOKEN_AUDIENCE;
  connack::MbedtlsHmac hmac;
  connack::DeviceKeyJwt source(jwt, hmac, CONFIG_CONNACK_DEVICE_KEY);

  esp_mqtt_client_config_t config = {};
  config.broker.address.uri = CONFIG_CONNACK_BROKER_URI;
  // config.broker.verification.certificate = …: needed for mqtts.
  config.session.keepalive = 60;
  config.session.disable_clean_session = true;
  config.session.last_will.topic = willTopic.data();
  config.session.last_will.msg = "offline";
  config.session.last_will.qos = 1;
  config.session.last_will.retain = 1;
  config.network.timeout_ms = 30000;
  // CONNECT has to fit: the usual 1024 bytes are too few for a token with an acl claim.
  config.buffer.size = 1024;
  config.buffer.out_size = 2048;
  config.outbox.limit = 8192;

  connack::IdfClock clock;
  IdfRandom random;
  connack::EspMqttDevice device(config, source, clock, random, CONNACK_BUILT_AT, tell);
  connack::Deadline sayAt = connack::Deadline::in(clock.monotonicMs(), 0);
  bool wasConnected = false;
  for (;;) {
    device.poll();
    // Retained as the will is, or "offline" would stay for ever.
    if (device.isConnected() && !wasConnected) esp_mqtt_client_enqueue(device.client(), willTopic.data(), "online", 0, 1, 1, true);
    wasConnected = device.isConnected();
    const uint32_t nowMs = clock.monotonicMs();
    if (device.client() != nullptr && sayAt.isOver(nowMs)) {
      sayAt = connack::Deadline::in(nowMs, 10000);
      connack::TextBuffer<16> seconds;
      seconds.number(nowMs / 1000);
      // Kept in the outbox until it is acknowledged, on this connection or a later one: for as long as sdkconfig says.
      esp_mqtt_client_enqueue(device.client(), topic.data(), seconds.data(), 0, 1, 0, true);
    }
    vTaskDelay(pdMS_TO_TICKS(100));
  }
}
