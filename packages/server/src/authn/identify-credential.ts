import type { DenyDecision } from "@connack/credentials";
import { type Claim, type ConnectRequest, type CredentialScheme, connectLimits } from "@connack/credentials";
import { looksLikeJwt } from "@connack/credentials/verify";
import { deny } from "./deny.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controlCharacter = /[\u0000-\u001f\u007f-\u009f]/;

const limitedFields = ["clientId", "username", "password"] as const;

export interface Identified {
  scheme: CredentialScheme;
  claim: Claim;
}

/** Step 1: which scheme has this shape, and whom it claims to be. Nothing is proven yet. */
export function identifyCredential(
  schemes: readonly CredentialScheme[],
  request: ConnectRequest,
): Identified | DenyDecision {
  for (const field of limitedFields) {
    if (request[field].length <= connectLimits[field]) continue;
    return deny("malformed_request", `${field} is longer than ${connectLimits[field]} characters`);
  }
  if (controlCharacter.test(request.clientId) || !request.clientId.isWellFormed()) {
    return deny("bad_client_id", "a control character or half a surrogate pair in the client id");
  }
  if (looksLikeJwt(request.clientId)) {
    // Refused before anybody may write it down: a token is as good as a password.
    return deny("bad_client_id", "the client id looks like a token: user name, password and client id are mixed up");
  }
  for (const scheme of schemes) {
    const claim = scheme.identify(request);
    if (claim) return { scheme, claim };
  }
  if (request.username === "" || request.password === "") {
    return deny("missing_credentials", request.password === "" ? "no password" : "no user name");
  }
  return deny("unknown_credential", "no scheme knows this shape");
}
