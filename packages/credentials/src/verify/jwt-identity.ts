import type { Claims } from "../credential-scheme.ts";
import type { JwtPolicy } from "./jwt-options.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";

/** Longest identity, as the registry keeps it. */
const maxIdentityLength = 256;

/** Whom the token names: 1 to 256 characters, no control character, no half of a surrogate pair. */
export function readJwtIdentity(
  policy: JwtPolicy,
  claims: Claims,
): { ok: true; id: string } | { ok: false; refusal: JwtRefusal } {
  const id = policy.identity.render({ claims });
  if (id === undefined) {
    const detail = `the identity is made of ${policy.identity.names.join(", ")}: missing or no text`;
    return { ok: false, refusal: { reason: "missing_claim", detail } };
  }
  if (id === "") return refuse("the identity is empty");
  if (id.length > maxIdentityLength) return refuse(`the identity has more than ${maxIdentityLength} characters`);
  if (/[\p{Cc}\p{Cs}]/u.test(id)) return refuse("the identity has a control character or is not well-formed Unicode");
  return { ok: true, id };
}

function refuse(detail: string): { ok: false; refusal: JwtRefusal } {
  return { ok: false, refusal: { reason: "bad_identity", detail } };
}
