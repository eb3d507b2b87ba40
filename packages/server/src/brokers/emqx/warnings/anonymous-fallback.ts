import { idOf, isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const anonymousFallback: WarningRule = {
  name: "anonymous-fallback",
  about: "EMQX has authenticators, and all of them are switched off. It then lets everybody in, as if there were none.",
  find({ state: { authenticators } }) {
    if (authenticators.length === 0 || authenticators.some(isEnabled)) return [];
    return [
      {
        sentence: `All authenticators of EMQX are switched off (${authenticators.map(idOf).join(", ")}): it lets everybody in.`,
        next: "switch one on in EMQX's dashboard (Access Control → Authentication), or run connack emqx apply",
      },
    ];
  },
};
