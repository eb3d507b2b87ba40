import { idOf, isEnabled, ourHttpAuthenticator } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const fallbackAuthenticator: WarningRule = {
  name: "fallback-authenticator",
  about:
    "Another authenticator stands behind Connack in the chain. Connack's no is final, but while Connack does not answer EMQX asks the next one, which may let in clients that are revoked here, and gives them no rights of ours.",
  find({ state: { authenticators }, config }) {
    const ours = ourHttpAuthenticator(authenticators, config);
    const place = ours === undefined ? -1 : authenticators.indexOf(ours);
    const behind = place < 0 ? [] : authenticators.slice(place + 1).filter(isEnabled);
    if (behind.length === 0) return [];
    return [
      {
        sentence: `While Connack does not answer, EMQX asks ${behind.map(idOf).join(" and ")} instead.`,
        next: "if no client needs that one any more, switch it off, or set brokers.emqx.otherAuthenticators to disable",
      },
    ];
  },
};
