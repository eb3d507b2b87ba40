import type { Claim, ConnectRequest, CredentialScheme, KeyMaterial, Verification } from "@connack/credentials";
import type { ClockWatch } from "@connack/credentials/verify";
import type { AttemptLane } from "./limit-attempts.ts";

/**
 * Step 4: the proof. Cheap schemes answer at once; expensive ones go through the lane that step 2 chose. A proven
 * `iat` also tells how far the device's clock is off, and over several attempts why.
 */
export function createVerifyCredential(parts: { clockWatch: ClockWatch; nowMs(): number }) {
  return (
    scheme: CredentialScheme,
    request: ConnectRequest,
    claim: Claim,
    material: KeyMaterial,
    lane: AttemptLane,
    dryRun: boolean,
  ): Verification | Promise<Verification> => {
    const nowSeconds = Math.floor(parts.nowMs() / 1000);
    const proof = lane(request, material, () => scheme.verify(request, claim, material, nowSeconds));
    if (dryRun || proof instanceof Promise) return proof;
    return addClockHint(proof, parts.clockWatch, nowSeconds);
  };
}

/** The check itself, past no limit and into no memory. */
export const directLane: AttemptLane = (_request, _material, verify) => verify();

function addClockHint(proof: Verification, clockWatch: ClockWatch, nowSeconds: number): Verification {
  const issuedAt = proof.claims?.iat;
  if (typeof issuedAt !== "number" || !proof.identity) return proof;
  const hint = clockWatch.observe(proof.identity.id, issuedAt, nowSeconds);
  if (!hint || proof.ok) return proof;
  // What several attempts have shown replaces what one token let suspect.
  return { ...proof, hints: [...proof.hints.filter((each) => each.code !== hint.code), hint] };
}
