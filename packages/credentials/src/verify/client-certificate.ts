import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, CredentialScheme, KeyMaterial, Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { explainIdentity } from "./explain-identity.ts";

export interface ClientCertificateOptions {
  /** What the device is called: the common name of its certificate, or the whole distinguished name. */
  identity: "common name" | "subject";
}

/**
 * A client certificate that TLS has verified, by us or by a broker that proved itself; the texts of the certificate
 * are in the request under that condition only. Matching order: first.
 *
 * The peer chooses what it sends beside the certificate, so the rule is fixed: **a password decides alone**. With one,
 * this scheme does not apply, and the certificate neither helps nor harms; without one, the certificate decides, and a
 * user name sent along means nothing. A device that should use its certificate only is held to it by its `schemes`.
 */
export function createClientCertificateScheme({ identity }: ClientCertificateOptions): CredentialScheme {
  const field = identity === "subject" ? "certificateSubject" : "certificateCommonName";

  function identify(request: ConnectRequest): Claim | undefined {
    if (request.password !== "" || !hasCertificate(request)) return undefined;
    const name = request[field] ?? "";
    const usable = explainIdentity(name) === undefined;
    return { scheme: "client-certificate", identity: usable ? name : "", needs: "nothing" };
  }

  function verify(request: ConnectRequest, claim: Claim, material: KeyMaterial): Verification {
    if (!hasCertificate(request))
      return refuse("certificate_not_verified", "no client certificate came with the request");
    const identified = identify(request);
    if (identified?.identity !== claim.identity || material.kind !== "nothing") {
      return refuse("internal_error", "claim or material does not belong to this request");
    }
    const name = request[field] ?? "";
    const problem = explainIdentity(name);
    if (problem !== undefined) return refuse("bad_identity", `the ${identity} of the certificate is ${problem}`);
    return { ok: true, identity: { scheme: "client-certificate", id: name }, claims: {}, attributes: {} };
  }

  return { name: "client-certificate", identify, verify };
}

/** A broker sends empty texts when there was no certificate. */
function hasCertificate({ certificateCommonName, certificateSubject }: ConnectRequest): boolean {
  return Boolean(certificateCommonName) || Boolean(certificateSubject);
}

function refuse(reason: DenyReason, detail: string): Verification {
  return { ok: false, reason, detail, hints: [] };
}
