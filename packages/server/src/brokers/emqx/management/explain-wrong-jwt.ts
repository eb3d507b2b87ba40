import type { JsonObject } from "./management-client.ts";

/** Members of a body for a JWT authenticator that is found in many guides, and that EMQX 5 has never known. */
const foreign = ["backend", "jwt_secret", "jwt_from", "claims", "secret_key", "jwks_endpoint"] as const;

/** What the authenticator has to look like. Nothing in it is a secret. */
export const rightJwtBody = {
  mechanism: "jwt",
  use_jwks: false,
  algorithm: "hmac-based",
  secret: "<the secret the tokens are signed with>",
  secret_base64_encoded: false,
  from: "password",
  verify_claims: { sub: `\${clientid}` },
  disconnect_after_expire: true,
  enable: true,
} as const;

/**
 * What is wrong with a JWT authenticator as somebody wrote it, one sentence for each mistake; nothing where it is none,
 * or EMQX 5.8 would take it. Never quotes a value.
 */
export function findWrongJwt(authenticator: JsonObject): string[] {
  const given = (name: string) => Object.hasOwn(authenticator, name);
  const { mechanism, use_jwks, algorithm, from, verify_claims } = authenticator;
  if (mechanism !== "jwt" && !given("jwt_secret") && !given("jwt_from")) return [];
  const mistakes: string[] = [];
  if (mechanism !== "jwt") mistakes.push("`mechanism` has to be `jwt`.");
  if (given("backend")) mistakes.push("`backend`: a JWT authenticator has none; leave it out.");
  if (given("jwt_secret")) mistakes.push("`jwt_secret` is called `secret`.");
  if (given("jwt_from")) mistakes.push("`jwt_from` is called `from`.");
  if (given("claims")) mistakes.push("`claims` is called `verify_claims`.");
  for (const name of ["secret_key", "jwks_endpoint"] as const) {
    if (given(name)) mistakes.push(`\`${name}\` is called \`${name === "secret_key" ? "secret" : "endpoint"}\`.`);
  }
  if (!given("use_jwks")) mistakes.push("`use_jwks` is missing: true or false, and EMQX wants it always.");
  else if (!["true", "false"].includes(String(use_jwks))) mistakes.push("`use_jwks` is true or false.");
  const usesJwks = String(use_jwks) === "true";
  if (!usesJwks && !given("algorithm")) mistakes.push("`algorithm` is missing: `hmac-based` or `public-key`.");
  if (algorithm !== undefined && !usesJwks && algorithm !== "hmac-based" && algorithm !== "public-key") {
    mistakes.push("`algorithm` is `hmac-based` or `public-key`, not the name of a signature such as HS256.");
  }
  if (usesJwks && !given("endpoint")) mistakes.push("`endpoint` is missing: the URL of the keys.");
  if (!usesJwks && algorithm === "hmac-based" && !given("secret") && !given("jwt_secret")) {
    mistakes.push("`secret` is missing.");
  }
  if (from !== undefined && from !== "password" && from !== "username") {
    mistakes.push("`from` is `password` or `username`.");
  }
  mistakes.push(...wrongClaims(verify_claims));
  return mistakes;
}

/** EMQX takes a token for any client where no claim has to equal what the client says. */
function wrongClaims(claims: JsonObject[string] | undefined): string[] {
  if (claims === undefined || (typeof claims === "object" && claims !== null)) {
    const text = JSON.stringify(claims ?? {});
    if (text.includes(`\${clientid}`) || text.includes(`\${username}`)) return [];
    return ["`verify_claims` binds no token to its client: any token could use any name."];
  }
  return ["`verify_claims` is no switch: it holds the claims that have to be there, such as sub."];
}

/**
 * What to do about EMQX's refusal of such a body (400 of POST or PUT /authentication); `undefined` for any other error.
 *
 * @param said EMQX's message, as JSON or put into words.
 */
export function explainWrongJwtError(said: string): string | undefined {
  const unknown = /unknown(?: field |"?\s*:\s*")([\w, ]+)/.exec(said)?.[1]?.split(/,\s*|\s+in\s+/) ?? [];
  const isForeign = unknown.some((name) => foreign.some((each) => each === name && each !== "backend"));
  const isJwt = /authn:jwt/.test(said) && unknown.includes("backend");
  if (!isForeign && !isJwt && !/\buse_jwks\b/.test(said)) return undefined;
  return (
    "a JWT authenticator of EMQX 5 has use_jwks (always), algorithm (hmac-based or public-key), secret, from and " +
    `verify_claims, and no backend, jwt_secret or jwt_from; send ${JSON.stringify(rightJwtBody)}`
  );
}
