/**
 * Copy this file to config.h and fill it in; it does not compile before. config.h holds the secrets of one board: it is in
 * .gitignore, keep it so.
 */
#pragma once

#define WIFI_SSID ""
/** Empty for a network without one. */
#define WIFI_PASSWORD ""

/** Not asked for CREDENTIAL_CHECK_IN: the server names them. */
#define MQTT_HOST ""
#define MQTT_PORT 8883
/** 1: TLS, and the CA below has to have signed the broker's certificate. 0: anyone on the network reads the token. */
#define MQTT_TLS 1

/** PEM of the CA: `connack tls dev-ca` makes one for trials. */
// #define MQTT_CA_CERT R"(-----BEGIN CERTIFICATE-----
// ...
// -----END CERTIFICATE-----)"

/** PEM of the board's own certificate and key, where the broker asks for one. */
// #define MQTT_CLIENT_CERT R"(...)"
// #define MQTT_CLIENT_KEY R"(...)"

/**
 * One of these. docs/firmware.md says what each of them risks.
 *   CREDENTIAL_KEY_PAIR       the board makes a key of its own at its first start, and prints the public half
 *   CREDENTIAL_DEVICE_KEY     a key of this board alone, from the factory
 *   CREDENTIAL_SHARED_SECRET  a secret that other boards have, too
 *   CREDENTIAL_ISSUED         user name and password as somebody issued them
 *   CREDENTIAL_TOKEN_ENDPOINT tokens that a server signs, fetched over https (http where MQTT_TLS is 0)
 *   CREDENTIAL_CHECK_IN       those of a xiaozhi server, which names the broker, too; fetched in the same way
 */
// #define CREDENTIAL CREDENTIAL_KEY_PAIR

/** For CREDENTIAL_DEVICE_KEY: 64 hexadecimal digits. For CREDENTIAL_SHARED_SECRET: at least 32 characters.
 * For CREDENTIAL_TOKEN_ENDPOINT: the client secret of this board. */
// #define CREDENTIAL_SECRET ""

/** For CREDENTIAL_TOKEN_ENDPOINT. */
// #define TOKEN_URL "https://auth.example.org/token"
/** For CREDENTIAL_CHECK_IN. */
// #define CHECK_IN_URL "https://xiaozhi.example.org/xiaozhi/ota/"
/** For both: PEM of the CA of that server, where it is not MQTT_CA_CERT. */
// #define HTTP_CA_CERT R"(...)"

/** For CREDENTIAL_ISSUED. */
// #define ISSUED_CLIENT_ID ""
// #define ISSUED_USERNAME ""
// #define ISSUED_PASSWORD ""

/** What the verifier of the token wants in iss and aud; remove what it does not ask for. */
#define TOKEN_ISSUER "esp32-sensor"
#define TOKEN_AUDIENCE "emqx"
/** Id of the key, in the header of the token. */
// #define TOKEN_KEY_ID ""

/** Seconds from iat to exp. */
// #define TOKEN_LIFETIME_SECONDS 3600
/** Milliseconds. */
// #define MEASURE_EVERY_MS 10000
