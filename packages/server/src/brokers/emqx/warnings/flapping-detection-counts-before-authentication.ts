import type { WarningRule } from "./warning-rule.ts";
import { sectionOf } from "./zone.ts";

export const flappingDetectionCountsBeforeAuthentication: WarningRule = {
  name: "flapping-detection-counts-before-authentication",
  about:
    "EMQX's flapping detection counts CONNECTs before it asks anybody. A device that is refused again and again gets its client id banned, and so can anybody do to the client id of another device.",
  find({ globalZone }) {
    const flapping = sectionOf(globalZone, "flapping_detect");
    if (flapping?.["enable"] !== true) return [];
    const { max_count: count, window_time: window, ban_time: ban } = flapping;
    return [
      {
        sentence: `EMQX bans a client id for ${String(ban)} after ${String(count)} CONNECTs within ${String(window)}, whoever sent them.`,
        next: "switch flapping detection off, or raise max_count above what a refused device tries; bans: GET /banned",
      },
    ];
  },
};
