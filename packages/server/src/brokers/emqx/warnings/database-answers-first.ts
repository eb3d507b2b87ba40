import { idOf, isEnabled, ourHttpAuthenticator } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const databaseAnswersFirst: WarningRule = {
  name: "database-answers-first",
  about:
    "A built-in or other database stands before Connack in the chain. EMQX 5.2 to 5.8.9 refuses there, with code 4, every client without a password and every known name with another password: Connack is not asked.",
  find({ state: { authenticators }, config }) {
    const ours = ourHttpAuthenticator(authenticators, config);
    if (ours === undefined) return [];
    const before = authenticators
      .slice(0, authenticators.indexOf(ours))
      .filter((each) => isEnabled(each) && each["mechanism"] === "password_based");
    return before.map((each) => ({
      sentence: `Before Connack, EMQX asks ${idOf(each)}, which refuses clients and lets them in by itself.`,
      next: "set brokers.emqx.position to front and run connack emqx apply, unless those clients are to be decided there",
    }));
  },
};
