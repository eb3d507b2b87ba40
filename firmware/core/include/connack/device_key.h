#pragma once
#include "connack/crypto.h"
#include "connack/text_writer.h"

namespace connack {

/**
 * The key of one device from the key of its group, for who flashes devices: 64 hexadecimal digits of
 * HMAC-SHA256(group key, device id). The group key itself has no place on a device.
 */
bool writeDeviceKey(TextWriter& out, HmacSha256& hmac, TextView groupKey, TextView deviceId);

}  // namespace connack
