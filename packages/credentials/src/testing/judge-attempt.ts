import { isDeepStrictEqual } from "node:util";
import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, CredentialScheme, DeviceIdentity, KeyMaterial, Verification } from "../credential-scheme.ts";
import { denyReasons } from "../deny-reason.ts";
import type { RequestField } from "./alter-request.ts";

/** A right credential, and whom it proves. */
export interface KnownCredential {
  request: ConnectRequest;
  material: KeyMaterial;
  nowSeconds: number;
  claim: Claim;
  identity: DeviceIdentity;
}

export interface Attempt {
  how: string;
  request: ConnectRequest;
  /** The right credential it was made from: its time, and its material unless another is to be loaded. */
  from: KnownCredential;
  /** Instead of what `identify` says. */
  claim?: Claim;
  /** Instead of what would be loaded; nobody gets in with it. */
  wrongMaterial?: KeyMaterial;
}

/** What is wrong with the answer to an attempt; `undefined` when nothing is. */
export type JudgeAttempt = (attempt: Attempt) => Promise<string | undefined>;

const maxDetail = 1000;
/** So many characters of a secret in a row are a leak. */
const leakLength = 12;

/**
 * The rule behind all attempts: whoever gets in carries the signed fields of a right credential unchanged, and is
 * whom that credential proves. Nothing throws, and a refusal has a known reason and tells no secret.
 */
export function createJudge(
  scheme: CredentialScheme,
  signedFields: readonly RequestField[],
  known: readonly KnownCredential[],
): JudgeAttempt {
  const secrets = new Set(known.flatMap(secretsOf).flatMap(piecesOf));

  return async (attempt) => {
    const { from, request } = attempt;
    try {
      const claim = attempt.claim ?? scheme.identify(Object.freeze(request));
      if (claim === undefined) return undefined;
      const fault = attempt.claim === undefined ? claimFault(claim, scheme) : undefined;
      if (fault !== undefined) return `${attempt.how}: ${fault}`;
      const material = attempt.wrongMaterial ?? loadMaterial(claim, from, known);
      const verification = await scheme.verify(request, Object.freeze(claim), material, from.nowSeconds);
      const problem = verification.ok ? allowFault(verification, attempt) : refusalFault(verification, request);
      return problem === undefined ? undefined : `${attempt.how}: ${problem}`;
    } catch (error) {
      return `${attempt.how}: threw ${error instanceof Error ? `${error.name}: ${error.message.slice(0, 200)}` : typeof error}`;
    }
  };

  function allowFault(verification: Extract<Verification, { ok: true }>, attempt: Attempt): string | undefined {
    if (attempt.wrongMaterial !== undefined) return "allowed with the wrong material";
    const original = known.find(({ request }) =>
      signedFields.every((field) => request[field] === attempt.request[field]),
    );
    if (original === undefined) return "allowed, though no right credential has these signed fields";
    if (isDeepStrictEqual(verification.identity, original.identity)) return undefined;
    return `allowed as ${JSON.stringify(verification.identity)} instead of ${JSON.stringify(original.identity)}`;
  }

  function refusalFault(refusal: Extract<Verification, { ok: false }>, request: ConnectRequest): string | undefined {
    const { reason, detail, hints } = refusal;
    if (!Object.hasOwn(denyReasons, reason)) return `unknown reason ${String(reason)}`;
    for (const text of [detail, ...hints.map((hint) => hint.text)]) {
      if (text === "" || text.length > maxDetail) return `a text of ${text.length} characters for the operator`;
      if (/[\p{Cc}\p{Cs}]/u.test(text)) return "a control character in a text for the operator";
      const longPassword = request.password.length >= leakLength && text.includes(request.password);
      if (longPassword || piecesOf(text).some((piece) => secrets.has(piece)))
        return "a secret in a text for the operator";
    }
    const proven = refusal.identity !== undefined || refusal.claims !== undefined || hints.length > 0;
    if (proven && !known.some((right) => right.request.password === request.password)) {
      return "an identity, claims or hints with a refusal, though nothing was proven";
    }
    return undefined;
  }
}

/** As step 3 of a decision does it: the key ring there is; the hash of the claimed identity, of that and no other. */
function loadMaterial(claim: Claim, from: KnownCredential, known: readonly KnownCredential[]): KeyMaterial {
  if (claim.needs === "nothing") return { kind: "nothing" };
  if (claim.needs === "key ring" || claim.identity === from.claim.identity) return from.material;
  const owner = known.find((right) => right.claim.identity === claim.identity);
  return owner?.material ?? { kind: "password hash", hash: undefined };
}

function claimFault(claim: Claim, scheme: CredentialScheme): string | undefined {
  if (claim.scheme !== scheme.name) return `a claim of the scheme ${claim.scheme}`;
  if (typeof claim.identity !== "string") return "a claim without identity";
  if (claim.keyId !== undefined && (typeof claim.keyId !== "string" || claim.keyId.length > 256))
    return "an unbounded key id";
  return undefined;
}

function secretsOf({ request, material }: KnownCredential): string[] {
  if (material.kind === "password hash") return [request.password, material.hash ?? ""];
  if (material.kind === "nothing") return [request.password];
  const keys = material.keys.filter(({ key }) => key.type === "secret").map(({ key }) => key.export());
  const encodings = ["utf8", "latin1", "base64", "base64url", "hex"] as const;
  return [request.password, ...keys.flatMap((key) => encodings.map((encoding) => key.toString(encoding)))];
}

function piecesOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - leakLength + 1) }, (_, at) => text.slice(at, at + leakLength));
}
