#pragma once
#include "connack/crypto.h"

/** Called for each vector that does not come out as it should. */
using TellFailure = void (*)(const char* kind, const char* what);

/** All of vectors/firmware-*.json; returns how many were looked at. Runs on the bare machine, too. */
int checkVectors(connack::HmacSha256& hmac, TellFailure fail);
