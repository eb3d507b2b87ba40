import { ourHttpAuthenticator } from "./chain.ts";
import { emqxDurationMs } from "./emqx-duration.ts";
import type { WarningRule } from "./warning-rule.ts";

/** Common clients on small devices wait so long for the CONNACK. */
const devicesWaitMs = 15_000;

export const requestTimeoutAboveOurs: WarningRule = {
  name: "request-timeout-above-ours",
  about:
    "EMQX waits longer for an answer than devices wait for their CONNACK (15 s with PubSubClient), and far longer than Connack ever takes. A device then sees a time-out instead of a refusal.",
  find({ state, config }) {
    const given = ourHttpAuthenticator(state.authenticators, config)?.["request_timeout"];
    const ms = emqxDurationMs(given);
    if (ms === undefined || ms < devicesWaitMs) return [];
    return [
      {
        sentence: `EMQX waits ${typeof given === "number" ? `${given} ms` : String(given)} for our answer; devices give up after 15 s.`,
        next: "set brokers.emqx.requestTimeout to 5s and run connack emqx apply",
      },
    ];
  },
};
