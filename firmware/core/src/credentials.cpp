#include "connack/credentials.h"

namespace connack {

void Credentials::wipe() {
  // Volatile, or the compiler leaves out what nobody reads.
  volatile char* at = password;
  for (size_t i = 0; i < sizeof(password); i++) at[i] = '\0';
}

bool copyText(char* out, size_t capacity, TextView text) {
  out[0] = '\0';
  if (text.size >= capacity || (text.size > 0 && memchr(text.data, 0, text.size) != nullptr)) return false;
  if (text.size > 0) memcpy(out, text.data, text.size);
  out[text.size] = '\0';
  return true;
}

}  // namespace connack
