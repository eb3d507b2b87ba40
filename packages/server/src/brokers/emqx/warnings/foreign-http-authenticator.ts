import { asksConnack } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const foreignHttpAuthenticator: WarningRule = {
  name: "foreign-http-authenticator",
  about:
    "The chain has an HTTP authenticator that asks somebody else. EMQX takes only one for passwords: Connack's can only take its place, which `connack emqx plan` shows, with what a rollback could not bring back.",
  find({ state: { authenticators }, config }) {
    return authenticators
      .filter((each) => each["mechanism"] === "password_based" && each["backend"] === "http")
      .filter((each) => !asksConnack(each, config))
      .map(({ url }) => ({
        sentence: `EMQX asks ${hostOf(url)} about passwords, and has room for one HTTP authenticator only: Connack is not asked.`,
        next: "see in connack emqx plan what it means to take its place; if that is Connack, set brokers.emqx.connackUrl to its address",
      }));
  },
};

/** Of another service's URL the rest is nobody's business. */
function hostOf(url: unknown): string {
  return typeof url === "string" && URL.canParse(url) ? new URL(url).origin : "another service";
}
