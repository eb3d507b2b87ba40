#pragma once
#include "connack/credentials.h"
#include "connack/json_object.h"

namespace connack {

/** Client id, user name and password as somebody issued them, such as a xiaozhi check-in. They are used as they are. */
class IssuedCredentials final : public CredentialSource {
 public:
  /** The texts have to stay. @param expiresAt Unix seconds, or 0 */
  IssuedCredentials(TextView clientId, TextView username, TextView password, int64_t expiresAt = 0)
      : clientId_(clientId), username_(username), password_(password), expiresAt_(expiresAt) {}
  const char* name() const override { return "issued credentials"; }
  bool needsClock() const override { return false; }
  Readiness prepare(int64_t nowSeconds) override;
  bool take(int64_t nowSeconds, Credentials& out) override;
  const char* problem() const override { return problem_; }

 private:
  TextView clientId_;
  TextView username_;
  TextView password_;
  int64_t expiresAt_;
  const char* problem_ = "";
};

/** The `mqtt` object of a xiaozhi check-in, with broker and topics. */
struct CheckInPlace {
  char host[64] = {};
  /** 8883 where the answer names none; that port alone is with TLS. */
  uint16_t port = 8883;
  char publishTopic[64] = {};
  char subscribeTopic[64] = {};
};

struct CheckIn : CheckInPlace {
  Credentials credentials;
};

/** Reads a check-in's answer; false where it has no complete `mqtt` object or something in it does not fit. */
bool readCheckIn(TextView answer, CheckIn& out);
bool readCheckIn(TextView answer, CheckInPlace& place, Credentials& credentials);

}  // namespace connack
