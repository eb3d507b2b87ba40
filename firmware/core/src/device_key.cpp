#include "connack/device_key.h"

namespace connack {

bool writeDeviceKey(TextWriter& out, HmacSha256& hmac, TextView groupKey, TextView deviceId) {
  out.clear();
  if (groupKey.isEmpty() || deviceId.isEmpty()) return false;
  uint8_t key[32];
  const uint8_t* group = reinterpret_cast<const uint8_t*>(groupKey.data);
  const uint8_t* device = reinterpret_cast<const uint8_t*>(deviceId.data);
  if (!hmac.sign(group, groupKey.size, device, deviceId.size, key)) return false;
  out.hex(key, sizeof(key));
  return out.fits();
}

}  // namespace connack
