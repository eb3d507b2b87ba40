import { type JwsAlgorithm, jwsAlgorithms, type KeyMaterial, type VerificationKey } from "../credential-scheme.ts";
import type { JwsHeader } from "./jws-header.ts";
import { quote } from "./jwt-quote.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";

/** A key of the ring that is for JWTs. */
export type JwsKey = VerificationKey & { scheme: "jwt"; algorithm: JwsAlgorithm };

/** Keys tried for a token without `kid`: each try costs a signature check, so their number is bounded. */
export const maxKeysTried = 16;

/** The same for key pairs, whose check takes about 0.1 ms: a stranger's token must not take a millisecond. */
export const maxKeyPairsTried = 4;

/**
 * The keys a token may be checked with. The algorithm is the key's and never the token's (RFC 8725 §3.1): a token
 * whose `alg` is another is refused before any check. With a `kid`, only keys of that id count; without, the newest 16
 * secrets, or 4 key pairs, of the algorithm: the last in the ring.
 */
export function selectJwsKeys(
  material: KeyMaterial,
  header: JwsHeader,
): { ok: true; keys: JwsKey[] } | { ok: false; refusal: JwtRefusal } {
  const { alg, kid } = header;
  if (alg.toLowerCase() === "none") return refuse("algorithm_none", "the header says alg: none");
  const ring = material.kind === "key ring" ? material.keys.filter(isJwsKey) : [];
  if (ring.length === 0) return refuse("no_key", "there is no key for tokens");
  const named = kid === undefined ? ring : ring.filter((key) => key.id === kid);
  if (named.length === 0) return refuse("unknown_key", `no key has the id ${quote(kid)}`);
  const tried = alg.startsWith("HS") ? maxKeysTried : maxKeyPairsTried;
  const keys = named.filter((key) => key.algorithm === alg).slice(-tried);
  if (keys.length > 0) return { ok: true, keys };
  const whose = kid === undefined ? "the keys are for" : `key ${quote(kid)} is for`;
  const wanted = jwsAlgorithms.filter((algorithm) => named.some((key) => key.algorithm === algorithm)).join(", ");
  return refuse("algorithm_not_allowed", `the token says alg: ${quote(alg)}, ${whose} ${wanted}`);
}

function isJwsKey(key: VerificationKey): key is JwsKey {
  return key.scheme === "jwt" && key.algorithm !== "HMAC-SHA256";
}

function refuse(reason: JwtRefusal["reason"], detail: string): { ok: false; refusal: JwtRefusal } {
  return { ok: false, refusal: { reason, detail } };
}
