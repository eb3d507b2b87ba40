import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const httpAuthorizationWithoutNoMatchDeny: WarningRule = {
  name: "http-authorization-without-no-match-deny",
  about:
    "EMQX asks an HTTP source about topics, and `no_match` is not `deny`. A time-out, a closed connection and every status but 200 then mean *allowed*.",
  find({ state: { sources, settings } }) {
    const asks = sources.some((each) => isEnabled(each) && each["type"] === "http");
    if (!asks || settings["no_match"] === "deny") return [];
    return [
      {
        sentence: "EMQX asks about topics over HTTP, and allows everything when it gets no answer (no_match is allow).",
        next: "set no_match to deny: connack emqx apply does it",
      },
    ];
  },
};
