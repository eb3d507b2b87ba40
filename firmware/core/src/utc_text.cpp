#include "connack/text_writer.h"

namespace connack {

TextWriter& TextWriter::utc(int64_t unixSeconds) {
  // Years 1970 to 2106: no clock of a device says anything else in earnest, and 32 bits are enough for them.
  const uint32_t seconds = unixSeconds < 0 ? 0 : (unixSeconds > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(unixSeconds));
  // Days counted from 1 March of the year 0, in eras of 400 years that are all alike.
  const uint32_t days = seconds / 86400 + 719468;
  const uint32_t dayOfEra = days % 146097;
  const uint32_t yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const uint32_t dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const uint32_t monthFromMarch = (5 * dayOfYear + 2) / 153;
  const uint32_t month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  const uint32_t year = yearOfEra + days / 146097 * 400 + (month <= 2 ? 1 : 0);
  const uint32_t ofDay = seconds % 86400;
  const uint32_t numbers[] = {month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1, ofDay / 3600, ofDay / 60 % 60, ofDay % 60};
  number(year).character('-');
  for (size_t i = 0; i < 5; i++) {
    if (numbers[i] < 10) character('0');
    number(numbers[i]).character("-T::Z"[i]);
  }
  return *this;
}

}  // namespace connack
