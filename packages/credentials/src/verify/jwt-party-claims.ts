import type { ConnectRequest } from "../connect-request.ts";
import type { Claims } from "../credential-scheme.ts";
import type { Template } from "../template.ts";
import type { JwtPolicy } from "./jwt-options.ts";
import { quote } from "./jwt-quote.ts";
import type { JwtRefusal } from "./jwt-refusal.ts";

/** `iss` is one of the accepted issuers, exactly (RFC 7519 §4.1.1). */
export function checkIssuer(policy: JwtPolicy, claims: Claims): JwtRefusal | undefined {
  if (policy.issuers === undefined) return undefined;
  const iss = own(claims, "iss");
  if (typeof iss === "string" && policy.issuers.includes(iss)) return undefined;
  return { reason: "wrong_issuer", detail: `iss is ${quote(iss)}, wanted is ${listText(policy.issuers)}` };
}

/** `aud`, a text or a list, names one of the accepted audiences (RFC 7519 §4.1.3). */
export function checkAudience(policy: JwtPolicy, claims: Claims): JwtRefusal | undefined {
  if (policy.audiences === undefined) return undefined;
  const aud = own(claims, "aud");
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (policy.audiences.some((audience) => named.includes(audience))) return undefined;
  return { reason: "wrong_audience", detail: `aud is ${quote(aud)}, wanted is ${listText(policy.audiences)}` };
}

/** Claims the operator demands, compared with type and all: `5` is not `"5"`. */
export function checkRequiredClaims(policy: JwtPolicy, claims: Claims): JwtRefusal | undefined {
  for (const [name, wanted] of policy.requiredClaims) {
    const value = own(claims, name);
    if (value === wanted) continue;
    return { reason: "missing_claim", detail: `${quote(name)} is ${quote(value)}, wanted is ${quote(wanted)}` };
  }
  return undefined;
}

/**
 * The CONNECT carries the user name and the client id that the token was made for. A token that lacks the claim the
 * binding needs is refused with `missing_claim`.
 */
export function checkBinding(policy: JwtPolicy, claims: Claims, request: ConnectRequest): JwtRefusal | undefined {
  const { clientId, username } = request;
  return (
    compare("user name", policy.boundUsername?.render({ claims, clientId }), policy.boundUsername, username) ??
    compare("client id", policy.boundClientId?.render({ claims, username }), policy.boundClientId, clientId)
  );
}

function compare(
  what: string,
  wanted: string | undefined,
  template: Template | undefined,
  value: string,
): JwtRefusal | undefined {
  if (template === undefined) return undefined;
  if (wanted === undefined) {
    return {
      reason: "missing_claim",
      detail: `the ${what} is bound to ${template.names.join(", ")}: missing or no text`,
    };
  }
  // Filters can leave nothing of a claim; an empty user name must not match it.
  if (wanted !== "" && wanted === value) return undefined;
  // What the device sent instead is left out: people put passwords into the wrong field.
  return { reason: "binding_mismatch", detail: `the token is for the ${what} ${quote(wanted)}` };
}

/** A claim of the token itself: what an object inherits is none. */
function own(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}

function listText(texts: readonly string[]): string {
  return texts.map(quote).join(" or ");
}
