import type { Claims, TokenTimes } from "@connack/credentials";

/** The times of a token whose signature was good, to be kept with the decision; nothing where there are none. */
export function tokenTimes({ iat, nbf, exp }: Claims): { token?: TokenTimes } {
  if (iat === undefined && nbf === undefined && exp === undefined) return {};
  const token: TokenTimes = {};
  if (isTime(iat)) token.iat = iat;
  if (isTime(nbf)) token.nbf = nbf;
  if (isTime(exp)) token.exp = exp;
  return { token };
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(Math.trunc(value));
}
