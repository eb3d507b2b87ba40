#pragma once
#include "connack/limits.h"
#include "connack/text_view.h"

namespace connack {

/** What a device logs in with. */
struct Credentials {
  char clientId[CONNACK_MAX_CLIENT_ID + 1] = {};
  char username[CONNACK_MAX_USERNAME + 1] = {};
  /** A secret: never in a log. */
  char password[CONNACK_MAX_PASSWORD + 1] = {};
  /** Unix seconds; 0: good until they are refused. */
  int64_t expiresAt = 0;

  /** Overwrites the password. */
  void wipe();
};

/** Copies with the zero at the end; false, and the empty text, when it does not fit or holds a zero. */
bool copyText(char* out, size_t capacity, TextView text);

/** Where to connect, for credentials that come with a place. */
struct BrokerPlace {
  const char* host = nullptr;
  uint16_t port = 0;
};

enum class Readiness : uint8_t {
  pending,
  ready,
  /** Ask again later: `problem()` says why. */
  failed,
};

/**
 * Where credentials come from. `prepare` is asked again and again, also while the old credentials are in use, until it is
 * ready or has failed; then `take` gives them at once.
 */
class CredentialSource {
 public:
  /** For reports, such as `shared-secret JWT`. */
  virtual const char* name() const = 0;
  /** They hold the time of the device: without a trusted clock it makes none. */
  virtual bool needsClock() const = 0;
  /** @param nowSeconds trusted Unix seconds, or 0 */
  virtual Readiness prepare(int64_t nowSeconds) = 0;
  /** After `ready`. False when they cannot be made after all: `problem()` says why. */
  virtual bool take(int64_t nowSeconds, Credentials& out) = 0;
  /** Where these credentials are good for, after `take`; a null host: where the device connects anyway. */
  virtual BrokerPlace place() const { return {}; }
  /** The broker refused the last ones, or they are over: what is kept of them is of no use. */
  virtual void discard() {}
  /** Stops what is under way. */
  virtual void cancel() {}
  /** The last failure, in a few words without a secret. */
  virtual const char* problem() const { return "no credentials"; }
  /** Asking again soon is of no use. */
  virtual bool isRefused() const { return false; }
  /** What is unwise about these credentials, said once at start; null where nothing is. */
  virtual const char* warning() const { return nullptr; }

 protected:
  ~CredentialSource() = default;
};

}  // namespace connack
