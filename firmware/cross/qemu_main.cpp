#include <stdio.h>

#include "check_vectors.h"
#include "software_hmac.h"

/** Runs the shared vectors on a bare 32-bit machine, and says how it went by semihosting. */
namespace {

int failed = 0;

void tell(const char* kind, const char* what) {
  failed++;
  printf("wrong: %s: %s\n", kind, what);
}

}  // namespace

int main() {
  SoftwareHmac hmac;
  const int count = checkVectors(hmac, tell);
  printf("%d vectors, %d wrong\n", count, failed);
  return failed == 0 && count > 0 ? 0 : 1;
}
