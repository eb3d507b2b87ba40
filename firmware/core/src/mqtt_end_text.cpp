#include "connack/mqtt_client.h"

namespace connack {

const char* mqttEndText(MqttEnd end) {
  switch (end) {
    case MqttEnd::goodbye:
      return "closed in order";
    case MqttEnd::unreachable:
      return "the broker cannot be reached";
    case MqttEnd::refused:
      return "the broker refused the connection";
    case MqttEnd::noConnack:
      return "no CONNACK in time (wrong port, TLS, or the broker is blocked)";
    case MqttEnd::closedEarly:
      return "closed before CONNACK (wrong port, TLS, or refused without a word)";
    case MqttEnd::lost:
      return "closed by the broker or the network";
    case MqttEnd::silent:
      return "the broker does not answer any more";
    case MqttEnd::protocol:
      return "the other side does not speak MQTT 3.1.1";
    case MqttEnd::none:
      break;
  }
  return "";
}

}  // namespace connack
