import { ourHttpAuthenticator } from "./chain.ts";
import { emqxDurationMs } from "./emqx-duration.ts";
import type { WarningRule } from "./warning-rule.ts";

/** A password check waits so long for its turn, as EMQX gives up after 5 s by default. */
const weAnswerWithinMs = 4000;

export const requestTimeoutBelowOurs: WarningRule = {
  name: "request-timeout-below-ours",
  about:
    "EMQX waits less for Connack's answer than Connack takes for it in a storm (4 s). It then refuses devices that Connack lets in, and they come again.",
  find({ state, config }) {
    const given = ourHttpAuthenticator(state.authenticators, config)?.["request_timeout"];
    const ms = emqxDurationMs(given);
    if (ms === undefined || ms > weAnswerWithinMs) return [];
    return [
      {
        sentence: `EMQX waits ${typeof given === "number" ? `${given} ms` : String(given)} for our answer; in a storm it may take 4 s.`,
        next: "set brokers.emqx.requestTimeout to 5s or more and run connack emqx apply",
      },
    ];
  },
};
