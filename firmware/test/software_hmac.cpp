#include "software_hmac.h"

#include <string.h>

namespace {

const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t rotate(uint32_t word, int bits) { return word >> bits | word << (32 - bits); }

class Sha256 {
 public:
  void bytes(const uint8_t* bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
      block_[total_++ % 64] = bytes[i];
      if (total_ % 64 == 0) mix();
    }
  }

  void finish(uint8_t* out) {
    const uint64_t bits = total_ * 8;
    const uint8_t end = 0x80;
    const uint8_t zero = 0;
    bytes(&end, 1);
    while (total_ % 64 != 56) bytes(&zero, 1);
    for (int shift = 56; shift >= 0; shift -= 8) {
      const uint8_t byte = static_cast<uint8_t>(bits >> shift);
      bytes(&byte, 1);
    }
    for (int i = 0; i < 32; i++) out[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - i % 4 * 8));
  }

 private:
  void mix() {
    uint32_t w[64];
    for (int i = 0; i < 16; i++) {
      w[i] = static_cast<uint32_t>(block_[i * 4]) << 24 | static_cast<uint32_t>(block_[i * 4 + 1]) << 16 |
             static_cast<uint32_t>(block_[i * 4 + 2]) << 8 | block_[i * 4 + 3];
    }
    for (int i = 16; i < 64; i++) {
      const uint32_t s0 = rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18) ^ w[i - 15] >> 3;
      const uint32_t s1 = rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19) ^ w[i - 2] >> 10;
      w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    uint32_t s[8];
    memcpy(s, state_, sizeof(s));
    for (int i = 0; i < 64; i++) {
      const uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
      const uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
      const uint32_t first = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11) ^ rotate(s[4], 25)) + choice + constants[i] + w[i];
      const uint32_t second = (rotate(s[0], 2) ^ rotate(s[0], 13) ^ rotate(s[0], 22)) + majority;
      memmove(s + 1, s, 7 * sizeof(s[0]));
      s[4] += first;
      s[0] = first + second;
    }
    for (int i = 0; i < 8; i++) state_[i] += s[i];
  }

  uint32_t state_[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block_[64] = {};
  uint64_t total_ = 0;
};

}  // namespace

bool SoftwareHmac::sign(const uint8_t* key, size_t keySize, const uint8_t* message, size_t size, uint8_t* mac) {
  uint8_t block[64] = {};
  if (keySize <= sizeof(block)) {
    memcpy(block, key, keySize);
  } else {
    Sha256 hash;
    hash.bytes(key, keySize);
    hash.finish(block);
  }
  for (uint8_t& byte : block) byte ^= 0x36;
  Sha256 inner;
  inner.bytes(block, sizeof(block));
  inner.bytes(message, size);
  inner.finish(mac);
  for (uint8_t& byte : block) byte ^= 0x36 ^ 0x5c;
  Sha256 outer;
  outer.bytes(block, sizeof(block));
  outer.bytes(mac, 32);
  outer.finish(mac);
  return true;
}
