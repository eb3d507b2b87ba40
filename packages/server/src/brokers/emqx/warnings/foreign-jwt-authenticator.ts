import { findWrongJwt } from "../management/explain-wrong-jwt.ts";
import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const foreignJwtAuthenticator: WarningRule = {
  name: "foreign-jwt-authenticator",
  about:
    "EMQX checks tokens by itself, although `brokers.emqx.jwt.enabled` is off. Whom it lets in, Connack does not know: a device that is revoked here gets in until its token expires.",
  find({ state: { authenticators }, config }) {
    if (config.jwt.enabled) return [];
    return authenticators
      .filter((each) => isEnabled(each) && each["mechanism"] === "jwt" && findWrongJwt(each).length === 0)
      .map(() => ({
        sentence: "EMQX checks JSON Web Tokens by itself, and lets in what Connack may have revoked.",
        next: "switch that authenticator off, or let Connack set it up with brokers.emqx.jwt.enabled",
      }));
  },
};
