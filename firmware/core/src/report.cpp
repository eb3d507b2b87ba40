#include "connack/report.h"

namespace connack {

void writeReportFacts(TextWriter& out, const ReportFacts& facts) {
  out.text(" wifi=").text(facts.isNetworkUp ? "up" : "down");
  if (facts.rssi != 0) out.labelled(" rssi=", facts.rssi);
  if (facts.freeHeap != 0) out.labelled(" heap=", facts.freeHeap);
  out.text(" time=").utc(facts.wallSeconds).text(facts.isTimeTrusted ? " synced" : " not synced");
  if (facts.hasExpiry) out.labelled(" token_exp_in=", facts.expiresIn);
  out.labelled(" queued=", static_cast<int64_t>(facts.queued));
  if (facts.dropped != 0) out.labelled(" dropped=", facts.dropped);
  if (facts.attempt != 0) out.labelled(" attempt=", facts.attempt);
  // Rounded up: never said to be now when it is not.
  if (facts.nextTryMs != 0) out.labelled(" next_try=", (static_cast<int64_t>(facts.nextTryMs) + 999) / 1000).text("s");
}

}  // namespace connack
