import { decodeBase64url } from "./base64url.ts";
import { countMembers, parseJsonObject } from "./jwt-json.ts";
import { quote } from "./jwt-quote.ts";

/** What counts of a JWS header. Keys or their addresses in it (`jwk`, `jku`, `x5c`, `x5u`) are never looked at. */
export interface JwsHeader {
  alg: string;
  kid?: string;
}

export type JwsHeaderResult = { ok: true; header: JwsHeader } | { ok: false; detail: string };

/** Longest header, in characters as sent, and longest key id. */
export const jwsHeaderLimits = { encoded: 1024, kid: 128 } as const;

/** Media types a token may name itself by (RFC 7519 §5.1, RFC 9068 §2.1); `application/` may be left out (RFC 7515 §4.1.9). */
const types = new Set(["jwt", "at+jwt", "application/jwt", "application/at+jwt"]);

/** True for 1 to 128 printable ASCII characters: what a `kid` may be, here and in the key ring. */
export function isKeyId(value: unknown): value is string {
  return typeof value === "string" && value.length <= jwsHeaderLimits.kid && /^[\x20-\x7e]+$/.test(value);
}

/**
 * Reads the first part of a compact JWS (RFC 7515 §4). Stricter than the RFC asks: a name that is there twice, `crit`
 * (no extension is understood here, §4.1.11), `b64` (RFC 7797) and `zip` refuse the token, and so does a `typ` that
 * names another kind of object (RFC 8725 §3.11).
 */
export function parseJwsHeader(encoded: string): JwsHeaderResult {
  if (encoded.length > jwsHeaderLimits.encoded) return failed("the header is too long");
  const bytes = decodeBase64url(encoded);
  if (bytes === undefined) return failed("the header is not canonical base64url");
  const header = parseJsonObject(bytes);
  if (header === undefined) return failed("the header is not a JSON object");
  if (countMembers(bytes.toString("utf8")) !== Object.keys(header).length)
    return failed("the header has a name twice, or __proto__");
  for (const name of ["crit", "b64", "zip"]) {
    if (Object.hasOwn(header, name)) return failed(`the header has ${name}, which is not supported`);
  }
  const { alg, kid, typ } = header;
  if (typeof alg !== "string") return failed("the header has no alg");
  if (typ !== undefined && !(typeof typ === "string" && types.has(typ.toLowerCase()))) {
    return failed(`typ is ${quote(typ)}, not JWT`);
  }
  if (kid === undefined) return { ok: true, header: { alg } };
  if (!isKeyId(kid)) return failed(`kid is not 1 to ${jwsHeaderLimits.kid} printable ASCII characters`);
  return { ok: true, header: { alg, kid } };
}

/**
 * `parseJwsHeader` with a memory of good headers: a fleet's tokens begin with the same few. Holds at most `size` of
 * them, the newest; the memory is only a shortcut, a header that is not in it is read again.
 */
export function createHeaderReader(size = 64): (encoded: string) => JwsHeaderResult {
  const known = new Map<string, JwsHeaderResult>();
  return (encoded) => {
    const found = known.get(encoded);
    if (found !== undefined) return found;
    const result = parseJwsHeader(encoded);
    if (result.ok) {
      if (known.size >= size) known.delete(known.keys().next().value as string);
      // A copy: the slice would keep the whole token in memory.
      known.set(Buffer.from(encoded, "latin1").toString("latin1"), result);
    }
    return result;
  };
}

function failed(detail: string): JwsHeaderResult {
  return { ok: false, detail };
}
