#include "host_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

namespace connack {

namespace {

/** One option: a text, a number between two others, or a switch. */
struct Option {
  const char* name;
  const char* help;
  const char** text;
  int64_t* number;
  int64_t least;
  int64_t most;
  bool* flag;
};

const int64_t aDay = 86400;

bool readNumber(const char* text, const Option& option) {
  char* end = nullptr;
  const long long number = strtoll(text, &end, 10);
  if (end == text || *end != '\0' || number < option.least || number > option.most) {
    fprintf(stderr, "%s: a whole number from %lld to %lld is needed, not %s\n", option.name,
            static_cast<long long>(option.least), static_cast<long long>(option.most), text);
    return false;
  }
  *option.number = number;
  return true;
}

void printHelp(const Option* list, size_t count) {
  printf(
      "connack-device-host: the firmware's core as a program for this machine\n\n"
      "The secret comes from --secret-file or CONNACK_DEVICE_SECRET, never from the command line.\n\n");
  for (size_t i = 0; i < count; i++) printf("  %-24s %s\n", list[i].name, list[i].help);
}

}  // namespace

ReadOptions readHostOptions(int argc, char** argv, HostOptions& o) {
  const auto text = [](const char* name, const char*& value, const char* help) {
    return Option{name, help, &value, nullptr, 0, 0, nullptr};
  };
  const auto number = [](const char* name, int64_t& value, int64_t least, int64_t most, const char* help) {
    return Option{name, help, nullptr, &value, least, most, nullptr};
  };
  const Option list[] = {
      text("--host", o.host, "name or address of the broker (127.0.0.1)"),
      number("--port", o.port, 1, 65535, "its MQTT port (1883)"),
      Option{"--tls", "the broker's port is with TLS", nullptr, nullptr, 0, 0, &o.isTls},
      text("--ca-file", o.caFile, "PEM of the CAs that sign for the broker and for https: URLs"),
      text("--device-id", o.deviceId, "needed; also client id and user name unless they are given"),
      text("--client-id", o.clientId, ""),
      text("--username", o.username, ""),
      text("--credential", o.credential, "shared-secret (default), device-key, key-pair, issued, token-endpoint or check-in"),
      text("--secret-file", o.secretFile, "holds the secret, the device key, the client secret or the issued password"),
      text("--key-folder", o.keyFolder, "for key-pair: where es256_key is, or is put"),
      Option{"--print-public-key", "for key-pair: prints the public key and ends", nullptr, nullptr, 0, 0, &o.isPublicKeyWanted},
      text("--token-url", o.tokenUrl, "for token-endpoint: URL of the OAuth 2 endpoint"),
      text("--check-in-url", o.checkInUrl, "for check-in: URL of the xiaozhi server"),
      text("--mac", o.mac, "for check-in: lower case, with colons"),
      text("--uuid", o.uuid, "for check-in: the device's own, always the same"),
      Option{"--allow-insecure", "take URLs that are http:", nullptr, nullptr, 0, 0, &o.isInsecureAllowed},
      text("--issuer", o.issuer, "iss of the token"),
      text("--audience", o.audience, "aud of the token"),
      text("--kid", o.kid, "id of the key"),
      number("--lifetime", o.lifetimeSeconds, 1, aDay * 365, "seconds from iat to exp (3600)"),
      number("--refresh-every", o.refreshEverySeconds, 1, aDay * 7, "seconds (1800)"),
      number("--refresh-margin", o.refreshMarginSeconds, 0, aDay, "seconds before exp (60)"),
      number("--keep-alive", o.keepAliveSeconds, 0, 65535, "seconds (60)"),
      number("--timeout", o.timeoutSeconds, 1, 3600, "seconds (30)"),
      number("--least-wait", o.leastWaitMs, 1, aDay, "milliseconds before the next attempt, at least (1000)"),
      number("--most-wait", o.mostWaitMs, 1, aDay * 1000, "and at most (60000)"),
      text("--topic", o.topic, "of the telemetry (devices/<device id>/telemetry)"),
      number("--measure-every", o.measureEveryMs, 1, aDay * 1000, "milliseconds (10000)"),
      number("--qos", o.qos, 0, 1, "of the telemetry (1)"),
      number("--count", o.count, 0, 1000000000, "ends when so many messages are acknowledged (0: never)"),
      text("--will", o.willTopic, "topic of the last will"),
      text("--subscribe", o.subscribe, "topic filter"),
      text("--failure-log", o.failureLog, "file that holds the last failures over a restart; they are published then"),
      number("--clock-offset", o.clockOffsetSeconds, -aDay * 18250, aDay * 18250, "seconds the clock is wrong by, for trials"),
  };
  const size_t optionCount = sizeof(list) / sizeof(list[0]);
  for (int at = 1; at < argc; at++) {
    if (strcmp(argv[at], "--help") == 0) {
      printHelp(list, optionCount);
      return ReadOptions::helped;
    }
    const Option* found = nullptr;
    for (const Option& option : list) {
      if (strcmp(argv[at], option.name) == 0) found = &option;
    }
    if (found == nullptr) {
      fprintf(stderr, "%s is no option of connack-device-host; see --help\n", argv[at]);
      return ReadOptions::wrong;
    }
    if (found->flag != nullptr) {
      *found->flag = true;
      continue;
    }
    if (at + 1 == argc) {
      fprintf(stderr, "%s needs a value\n", found->name);
      return ReadOptions::wrong;
    }
    at++;
    if (found->text != nullptr) *found->text = argv[at];
    else if (!readNumber(argv[at], *found)) return ReadOptions::wrong;
  }
  if (o.deviceId != nullptr && o.deviceId[0] != '\0') return ReadOptions::run;
  fprintf(stderr, "--device-id is needed\n");
  return ReadOptions::wrong;
}

}  // namespace connack
