#pragma once
#include "connack/text_writer.h"

namespace connack {

/**
 * The public half of a P-256 key as PEM (SubjectPublicKeyInfo, RFC 5480), to be registered: 178 characters with line ends.
 * @param point 65 bytes: 4, x, y
 */
void writeEs256PublicPem(TextWriter& out, const uint8_t* point);

}  // namespace connack
