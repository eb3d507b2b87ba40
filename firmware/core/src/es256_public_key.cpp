#include "connack/es256_public_key.h"

#include "connack/base64.h"

namespace connack {

void writeEs256PublicPem(TextWriter& out, const uint8_t* point) {
  // id-ecPublicKey, prime256v1, then a bit string of 65 bytes (RFC 5480 §2).
  static const uint8_t prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
                                   0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
  uint8_t der[sizeof(prefix) + 65];
  memcpy(der, prefix, sizeof(prefix));
  memcpy(der + sizeof(prefix), point, 65);
  out.text("-----BEGIN PUBLIC KEY-----\n");
  // 48 bytes make a line of 64 characters (RFC 7468 §2).
  for (size_t at = 0; at < sizeof(der); at += 48) {
    writeBase64(out, der + at, sizeof(der) - at < 48 ? sizeof(der) - at : 48);
    out.character('\n');
  }
  out.text("-----END PUBLIC KEY-----\n");
}

}  // namespace connack
