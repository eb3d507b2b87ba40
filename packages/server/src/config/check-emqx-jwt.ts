import type { EmqxProblem } from "./check-emqx.ts";
import type { Config } from "./config-schema.ts";
import { hasOnlyKnownPlaceholders, placeholdersIn } from "./emqx-placeholders.ts";
import type { EmqxConfig } from "./emqx-section.ts";

const key = (name: string) => `brokers.emqx.jwt.${name}`;

/**
 * Tokens that EMQX checks by itself: with one key, and bound to the client. EMQX compares a token with nothing that is
 * not in `verifyClaims`, so that otherwise any device could connect with the name of any other.
 *
 * @param weakness Why the secret is not good enough, where it is not.
 */
export function checkEmqxJwt(
  emqx: EmqxConfig,
  own: Config["credentials"]["jwt"],
  weakness: string | undefined,
): EmqxProblem[] {
  const { enabled, secret, publicKeyFile, jwksUrl } = emqx.jwt;
  const problems: EmqxProblem[] = [];
  const tell = (names: string[], problem: string) =>
    void problems.push({ names: [...names.map((name) => `jwt.${name}`), "autoSubscribe", "jwt.enabled"], problem });
  const given = Object.entries({ secret, publicKeyFile, jwksUrl }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  if (given.length > 1) {
    tell(
      given,
      `${given.map((name) => `\`${key(name)}\``).join(" and ")} are set: EMQX checks tokens with one of them`,
    );
  }
  if (!enabled) return problems;
  if (given.length === 0 && own.secret === undefined) {
    const ways = ["secret", "publicKeyFile", "jwksUrl"].map((name) => `\`${key(name)}\``);
    tell(["enabled"], `\`${key("enabled")}\` needs a key: ${ways.join(", ")} or \`credentials.jwt.secret\``);
  }
  if (weakness !== undefined) tell(["secret"], `\`${key("secret")}\`: ${weakness}`);
  if (jwksUrl !== undefined && !/^https?:\/\/[^/]/.test(jwksUrl)) {
    tell(["jwksUrl"], `\`${key("jwksUrl")}\` is no http or https URL`);
  }
  for (const problem of bindingProblems(emqx)) tell(["verifyClaims", "rules"], problem);
  return problems;
}

/** Each name that rights or subscriptions are given by has to be one that the token proves. */
function bindingProblems({ jwt, autoSubscribe }: EmqxConfig): string[] {
  const name = `\`${key("verifyClaims")}\``;
  const values = Object.values(jwt.verifyClaims);
  if (!values.every(hasOnlyKnownPlaceholders)) {
    return [`${name} holds a placeholder that EMQX does not fill in: known are \${clientid} and \${username}`];
  }
  // A token in the field of the user name is compared with itself.
  const possible = jwt.from === "username" ? ["clientid"] : ["clientid", "username"];
  // Text around it, as in `x-${clientid}`, leaves one client for each token; a second placeholder does not.
  const bound = values.map(placeholdersIn).flatMap((names) => (names.length === 1 ? names : []));
  const isBound = (each: string) => possible.includes(each) && bound.includes(each);
  if (!possible.some(isBound)) {
    const choice = possible.map((each) => `\${${each}}`).join(" or ");
    return [
      `${name} binds no token to its client, so that any token could use any name: have a claim equal ${choice}, ` +
        `such as {sub: "\${clientid}"}`,
    ];
  }
  const topics = jwt.rules?.filter(({ permission }) => permission === "allow").flatMap((rule) => rule.topics);
  const used = new Set([...(topics ?? [`devices/\${clientid}/#`]), ...autoSubscribe].flatMap(placeholdersIn));
  return [...used]
    .filter((each) => !isBound(each))
    .map(
      (each) =>
        `${name} does not bind \${${each}}, which \`${key("rules")}\` or \`brokers.emqx.autoSubscribe\` give rights ` +
        `by: any token could use any other name there`,
    );
}
