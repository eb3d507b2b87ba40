import { looksLikeJwt } from "@connack/credentials/verify";

/** A client id or user name as it may be shown: with some brokers the token goes there. */
export function shownName(name: string): string {
  return looksLikeJwt(name) ? `<a token of ${name.length} characters>` : name;
}
