#pragma once
#include "connack/storage.h"
#include "connack/text_writer.h"

namespace connack {

/**
 * The UUID of this device (version 4, RFC 9562 §5.4), lower case: made once and kept as `uuid`. False, and nothing written,
 * where it can neither be read nor kept: another one at each start would be another device each time.
 */
bool loadOrMakeUuid(Storage& storage, void (*fillRandom)(uint8_t* bytes, size_t size), TextWriter& out);

}  // namespace connack
