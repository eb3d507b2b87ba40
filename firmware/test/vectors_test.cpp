#include <doctest/doctest.h>

#include <string>

#include "check_vectors.h"
#include "software_hmac.h"

namespace {

std::string failures;

void tell(const char* kind, const char* what) { failures += std::string(kind) + ": " + what + "\n"; }

}  // namespace

TEST_CASE("the vectors that TypeScript reads, too") {
  SoftwareHmac hmac;
  CHECK(checkVectors(hmac, tell) > 400);
  CHECK(failures == "");
}
