import type { ConnectRequest } from "../connect-request.ts";
import type { CredentialScheme, KeyMaterial } from "../credential-scheme.ts";
import type { RequestField } from "./alter-request.ts";
import type { KnownCredential } from "./judge-attempt.ts";

/** A credential that has to be allowed. */
export interface RightCredential {
  request: ConnectRequest;
  /** What a decision would load for it. */
  material: KeyMaterial;
  /** Unix seconds; the whole suite runs at this time. */
  nowSeconds: number;
}

/** What `verifyScheme` needs to know of a scheme. */
export interface SchemeUnderTest {
  scheme: CredentialScheme;
  /**
   * Right credentials of one device: one for each form the scheme has (hash format, algorithm, optional claims …).
   * Devices 0 and 1 are asked for; the identities, and every signed field that is not empty, have to differ between them.
   */
  credentials(device: 0 | 1): readonly RightCredential[] | Promise<readonly RightCredential[]>;
  /**
   * Fields that the proof covers: a change in any of them must not get in. The others may change, and must not change
   * the identity. `["password"]` for a token bound to nothing else.
   */
  signedFields: readonly RequestField[];
  /** Try every so-many-th of the small changes only, for schemes where one check takes milliseconds. Default 1: all. */
  sampleEvery?: number;
}

/** Checks that the right credentials are right. Throws an error that says which is not. */
export async function knowCredentials(
  subject: SchemeUnderTest,
): Promise<{ own: KnownCredential[]; others: KnownCredential[] }> {
  const own = await knowDevice(subject, 0);
  const others = await knowDevice(subject, 1);
  if (own.length === 0 || others.length === 0) throw new Error("no right credentials to begin with");
  const alike = own.find((right) => others.some((other) => other.identity.id === right.identity.id));
  if (alike) throw new Error("both devices have the same identity");
  return { own, others };
}

async function knowDevice({ scheme, credentials }: SchemeUnderTest, device: 0 | 1): Promise<KnownCredential[]> {
  const known: KnownCredential[] = [];
  for (const [index, right] of (await credentials(device)).entries()) {
    const which = `right credential ${index} of device ${device}`;
    const claim = scheme.identify(right.request);
    if (claim === undefined) throw new Error(`${which} does not have the shape of the scheme`);
    if (claim.needs !== right.material.kind)
      throw new Error(`${which} needs ${claim.needs}, not ${right.material.kind}`);
    const verification = await scheme.verify(right.request, claim, right.material, right.nowSeconds);
    if (!verification.ok) throw new Error(`${which} was refused: ${verification.reason}, ${verification.detail}`);
    known.push({ ...right, claim, identity: verification.identity });
  }
  return known;
}
