#pragma once
#include <stdint.h>

namespace connack {

/** What the command line says. The texts are argv's. */
struct HostOptions {
  const char* host = "127.0.0.1";
  int64_t port = 1883;
  const char* credential = "shared-secret";
  const char* secretFile = nullptr;
  const char* keyFolder = nullptr;
  const char* deviceId = nullptr;
  const char* clientId = nullptr;
  const char* username = nullptr;
  const char* issuer = nullptr;
  const char* audience = nullptr;
  const char* kid = nullptr;
  const char* tokenUrl = nullptr;
  const char* checkInUrl = nullptr;
  const char* mac = nullptr;
  const char* uuid = nullptr;
  const char* caFile = nullptr;
  const char* failureLog = nullptr;
  const char* topic = nullptr;
  const char* subscribe = nullptr;
  const char* willTopic = nullptr;
  int64_t lifetimeSeconds = 3600;
  int64_t refreshEverySeconds = 1800;
  int64_t refreshMarginSeconds = 60;
  int64_t keepAliveSeconds = 60;
  int64_t timeoutSeconds = 30;
  int64_t leastWaitMs = 1000;
  int64_t mostWaitMs = 60000;
  int64_t measureEveryMs = 10000;
  int64_t qos = 1;
  int64_t count = 0;
  int64_t clockOffsetSeconds = 0;
  bool isPublicKeyWanted = false;
  bool isTls = false;
  bool isInsecureAllowed = false;
};

enum class ReadOptions : uint8_t { run, helped, wrong };

/** Prints what is wrong to stderr, or the help to stdout. */
ReadOptions readHostOptions(int argc, char** argv, HostOptions& options);

}  // namespace connack
