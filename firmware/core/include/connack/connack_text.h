#pragma once
#include <stdint.h>

namespace connack {

/** The answer to CONNECT as the specification calls it: MQTT 3.1.1 §3.2.2.3, and what says no of MQTT 5 §2.4. */
const char* connackName(uint8_t code);
/** 4, 5, 0x86 and 0x87: brokers tell bad credentials by one or the other. New ones are needed before the next attempt. */
bool isCredentialRefusal(uint8_t code);
/** What `PubSubClient::state()` of version 2.8 says, -4 to 5, in plain words with what to look at. */
const char* pubSubClientStateText(int32_t state);

}  // namespace connack
