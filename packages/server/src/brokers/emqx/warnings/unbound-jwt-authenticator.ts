import { isEnabled } from "./chain.ts";
import type { WarningRule } from "./warning-rule.ts";

export const unboundJwtAuthenticator: WarningRule = {
  name: "unbound-jwt-authenticator",
  about:
    "EMQX checks tokens by itself and compares no claim with what the client says (`verify_claims`). Whoever has one good token can connect with the name of any device.",
  find({ state: { authenticators } }) {
    return authenticators
      .filter((each) => isEnabled(each) && each["mechanism"] === "jwt" && !isBound(each))
      .map(() => ({
        sentence: "EMQX lets any good token in under any name: no claim has to equal the client id or user name.",
        next: `have verify_claims hold {"sub": "\${clientid}"}, or set brokers.emqx.jwt up and run connack emqx apply`,
      }));
  },
};

function isBound({ verify_claims: claims, from }: Record<string, unknown>): boolean {
  const text = JSON.stringify(claims ?? {});
  return text.includes(`\${clientid}`) || (from !== "username" && text.includes(`\${username}`));
}
