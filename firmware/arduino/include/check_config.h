#pragma once
/** A board that was not told what it needs is not built. */

#define CREDENTIAL_KEY_PAIR 1
#define CREDENTIAL_DEVICE_KEY 2
#define CREDENTIAL_SHARED_SECRET 3
#define CREDENTIAL_ISSUED 4
#define CREDENTIAL_TOKEN_ENDPOINT 5
#define CREDENTIAL_CHECK_IN 6

#if !__has_include("config.h")
#error "There is no include/config.h: copy include/config.example.h to it and fill it in"
#endif
#include "config.h"

#if !defined(CREDENTIAL)
#error "config.h: CREDENTIAL is not chosen"
#elif CREDENTIAL < 1 || CREDENTIAL > 6
#error "config.h: CREDENTIAL is none of the six"
#endif
#if (CREDENTIAL == CREDENTIAL_DEVICE_KEY || CREDENTIAL == CREDENTIAL_SHARED_SECRET) && !defined(CREDENTIAL_SECRET)
#error "config.h: CREDENTIAL_SECRET is needed for this CREDENTIAL"
#endif
#if CREDENTIAL == CREDENTIAL_ISSUED && !(defined(ISSUED_CLIENT_ID) && defined(ISSUED_USERNAME) && defined(ISSUED_PASSWORD))
#error "config.h: CREDENTIAL_ISSUED needs ISSUED_CLIENT_ID, ISSUED_USERNAME and ISSUED_PASSWORD"
#endif
#if CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT && !(defined(TOKEN_URL) && defined(CREDENTIAL_SECRET))
#error "config.h: CREDENTIAL_TOKEN_ENDPOINT needs TOKEN_URL and CREDENTIAL_SECRET"
#endif
#if CREDENTIAL == CREDENTIAL_CHECK_IN && !defined(CHECK_IN_URL)
#error "config.h: CREDENTIAL_CHECK_IN needs CHECK_IN_URL"
#endif
#if !defined(MQTT_TLS)
#error "config.h: MQTT_TLS is needed, 1 or 0"
#elif MQTT_TLS && !defined(MQTT_CA_CERT)
#error "config.h: MQTT_CA_CERT is needed: without it anybody could be the broker"
#endif
#if defined(MQTT_CLIENT_CERT) != defined(MQTT_CLIENT_KEY)
#error "config.h: MQTT_CLIENT_CERT and MQTT_CLIENT_KEY belong together"
#endif
#if !defined(CONNACK_BUILT_AT)
#error "CONNACK_BUILT_AT is needed, Unix seconds of the build: platformio.ini sets it"
#endif

static_assert(sizeof(WIFI_SSID) > 1, "config.h: WIFI_SSID is empty");
#if CREDENTIAL != CREDENTIAL_CHECK_IN
static_assert(sizeof(MQTT_HOST) > 1, "config.h: MQTT_HOST is empty");
#endif
#if CREDENTIAL == CREDENTIAL_DEVICE_KEY
static_assert(sizeof(CREDENTIAL_SECRET) == 65, "config.h: a device key has 64 hexadecimal digits");
#elif CREDENTIAL == CREDENTIAL_SHARED_SECRET
static_assert(sizeof(CREDENTIAL_SECRET) > 32, "config.h: CREDENTIAL_SECRET is shorter than 32 characters");
#elif CREDENTIAL == CREDENTIAL_ISSUED
static_assert(sizeof(ISSUED_CLIENT_ID) > 1 && sizeof(ISSUED_PASSWORD) > 1, "config.h: ISSUED_CLIENT_ID or ISSUED_PASSWORD is empty");
#elif CREDENTIAL == CREDENTIAL_CHECK_IN
static_assert(sizeof(CHECK_IN_URL) > 1, "config.h: CHECK_IN_URL is empty");
#elif CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT
static_assert(sizeof(TOKEN_URL) > 1 && sizeof(CREDENTIAL_SECRET) > 1, "config.h: TOKEN_URL or CREDENTIAL_SECRET is empty");
#endif

/** What is fetched over a connection of its own. */
#define CREDENTIAL_IS_FETCHED (CREDENTIAL == CREDENTIAL_TOKEN_ENDPOINT || CREDENTIAL == CREDENTIAL_CHECK_IN)
#if MQTT_TLS && !defined(HTTP_CA_CERT)
#define HTTP_CA_CERT MQTT_CA_CERT
#endif
#ifndef TOKEN_LIFETIME_SECONDS
#define TOKEN_LIFETIME_SECONDS 3600
#endif
#ifndef MEASURE_EVERY_MS
#define MEASURE_EVERY_MS 10000
#endif
#ifndef TOKEN_ISSUER
#define TOKEN_ISSUER nullptr
#endif
#ifndef TOKEN_AUDIENCE
#define TOKEN_AUDIENCE nullptr
#endif
#ifndef TOKEN_KEY_ID
#define TOKEN_KEY_ID nullptr
#endif
