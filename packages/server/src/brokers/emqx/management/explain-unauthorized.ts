import type { Explanation } from "./explain-answer.ts";

/** Who asks EMQX. The key is looked at, and never shown. */
export type Asking = { apiKey: string } | { username: string };

/**
 * A refusal to let us in, by EMQX's code; `told` is what it said, fit to be shown.
 */
export function explainUnauthorized(code: string | undefined, told: string, as: Asking): Explanation {
  const refused = (sentence: string, next: string): Explanation => ({ problem: "unauthorized", sentence, next });
  if (code === "API_KEY_NOT_ALLOW") {
    return refused(
      `EMQX does not let API keys do that (${told}).`,
      "set brokers.emqx.username and password of a dashboard user instead of the key",
    );
  }
  if (code === "AUTHORIZATION_HEADER_ERROR") {
    return refused(
      `EMQX saw no credentials (${told}).`,
      "look whether a proxy in between takes the Authorization header away",
    );
  }
  if ("username" in as) {
    return code === "BAD_USERNAME_OR_PWD"
      ? refused(
          `EMQX refuses the dashboard user or its password (${told}).`,
          "check brokers.emqx.username and password; EMQX does not say which of them is wrong",
        )
      : refused(`EMQX does not take our login (${told}).`, "try again; look whether the dashboard user was removed");
  }
  const makeOne = "make an API key in EMQX's dashboard (System → API Keys) and set brokers.emqx.apiKey and apiSecret";
  if (looksLikeUser(as.apiKey)) {
    return refused(
      `EMQX refuses the API key (${told}). It looks like the name of a dashboard user: since 5.0.15 those cannot use the API this way.`,
      `${makeOne}, or set brokers.emqx.username and password instead`,
    );
  }
  return refused(
    `EMQX refuses the API key (${told}): key or secret is wrong, or the key is disabled, expired or deleted.`,
    makeOne,
  );
}

/** EMQX makes keys of 16 hexadecimal digits; others come from a file, and hold digits as a rule. */
function looksLikeUser(apiKey: string): boolean {
  return /^[a-z][a-z._@-]*$/i.test(apiKey);
}
