#pragma once
#include "connack/text_writer.h"

namespace connack {

/** PORT. What the device measures. */
class TelemetrySource {
 public:
  /** Writes topic and payload of one message; false when there is nothing to say now. */
  virtual bool measure(TextWriter& topic, TextWriter& payload) = 0;

 protected:
  ~TelemetrySource() = default;
};

}  // namespace connack
