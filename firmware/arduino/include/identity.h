#pragma once
#include <Arduino.h>

#include "connack/text_writer.h"

/** Who the board is: by the MAC in its fuses, as the same for the whole life of the board. */
struct Identity {
  /** `sensor_8EA40C` */
  connack::TextBuffer<16> deviceId;
  /** `0200008EA40C` */
  connack::TextBuffer<16> macHex;
  /** `02:00:00:8E:A4:0C` */
  connack::TextBuffer<20> macAddress;

  Identity() {
    const uint64_t mac = ESP.getEfuseMac();
    deviceId.text("sensor_");
    for (int i = 0; i < 6; i++) {
      const uint8_t byte = static_cast<uint8_t>(mac >> (8 * i));
      const char digits[] = {digit(byte >> 4), digit(byte & 0xf)};
      const connack::TextView text(digits, 2);
      if (i >= 3) deviceId.text(text);
      macHex.text(text);
      if (i > 0) macAddress.character(':');
      macAddress.text(text);
    }
  }

 private:
  static char digit(int value) { return "0123456789ABCDEF"[value]; }
};
