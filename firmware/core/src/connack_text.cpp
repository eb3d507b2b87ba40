#include "connack/connack_text.h"

namespace connack {

namespace {

struct Name {
  uint8_t code;
  const char* name;
};

const char badLogin[] = "bad user name or password";
const char notAuthorized[] = "not authorized";
const char unavailable[] = "server unavailable";

const Name names[] = {
    {0, "accepted"},
    {1, "unacceptable protocol version"},
    {2, "identifier rejected"},
    {3, unavailable},
    {4, badLogin},
    {5, notAuthorized},
    {128, "unspecified error"},
    {129, "malformed packet"},
    {130, "protocol error"},
    {131, "implementation specific error"},
    {132, "unsupported protocol version"},
    {133, "client identifier not valid"},
    {134, badLogin},
    {135, notAuthorized},
    {136, unavailable},
    {137, "server busy"},
    {138, "banned"},
    {139, "server shutting down"},
    {140, "bad authentication method"},
    {144, "topic name invalid"},
    {149, "packet too large"},
    {151, "quota exceeded"},
    {153, "payload format invalid"},
    {154, "retain not supported"},
    {155, "QoS not supported"},
    {156, "use another server"},
    {157, "server moved"},
    {159, "connection rate exceeded"},
};

}  // namespace

const char* connackName(uint8_t code) {
  for (const Name& row : names) {
    if (row.code == code) return row.name;
  }
  return "a code that MQTT does not know";
}

bool isCredentialRefusal(uint8_t code) { return code == 4 || code == 5 || code == 134 || code == 135; }

const char* pubSubClientStateText(int32_t state) {
  switch (state) {
    case -4:
      return "no CONNACK in time: broker blocked or wrong port (TLS, WebSocket, not MQTT), or it closes refused clients "
             "without a word";
    case -3:
      return "connection lost: network, a second client with the same client id, or the token expired";
    case -2:
      return "no TCP or TLS connection: address, port, firewall or certificate";
    case -1:
      return "not connected; at once after connect(), with no packet sent: the token is longer than the buffer, see "
             "setBufferSize()";
    case 0:
      return "connected";
    case 1:
      return "unacceptable protocol version";
    case 2:
      return "identifier rejected";
    case 3:
      return "server unavailable";
    case 4:
      return "bad user name or password: wrong or expired token, wrong claims, or the clock of the device";
    case 5:
      return "not authorized: many brokers also say so for a wrong token; secret, algorithm, or rights";
    default:
      return "a state that PubSubClient does not have";
  }
}

}  // namespace connack
