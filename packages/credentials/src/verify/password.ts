import type { ConnectRequest } from "../connect-request.ts";
import type { Claim, CredentialScheme, KeyMaterial, Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { explainIdentity } from "./explain-identity.ts";
import { defaultScryptCost, explainPassword, readScryptHash, type ScryptCost, spendRest } from "./hash-password.ts";
import { readMosquittoHash } from "./mosquitto-hash.ts";

export interface PasswordOptions {
  /** What a refusal costs at least, so that an unknown name takes as long as a wrong password. Default: that of `hashPassword`. */
  refusalCost?: Readonly<ScryptCost>;
}

/**
 * User name and password against a stored hash: ours (`hashPassword`) or one of mosquitto_passwd. The identity is the
 * user name, as sent: case counts. Any user name with any password has this shape, so it stands last in matching order.
 */
export function createPasswordScheme({ refusalCost = defaultScryptCost }: PasswordOptions = {}): CredentialScheme {
  return {
    name: "password",
    identify,
    verify: async (request, claim, material) => {
      try {
        return await verify(request, claim, material, refusalCost);
      } catch (error) {
        return refuse("internal_error", `the password could not be checked: ${nameOf(error)}`);
      }
    },
  };
}

function identify({ username, password }: ConnectRequest): Claim | undefined {
  if (password === "" || explainIdentity(username) !== undefined) return undefined;
  return { scheme: "password", identity: username, needs: "password hash" };
}

async function verify(
  request: ConnectRequest,
  claim: Claim,
  material: KeyMaterial,
  refusalCost: Readonly<ScryptCost>,
): Promise<Verification> {
  const identity = identify(request)?.identity;
  if (identity === undefined || claim.identity !== identity || material.kind !== "password hash") {
    return refuse("internal_error", "claim or material does not belong to this request");
  }
  const problem = explainPassword(request.password);
  // Says nothing about the user: the hash was not looked at.
  if (problem !== undefined) return refuse("bad_password", `the password is ${problem}`);

  const stored = material.hash === undefined ? undefined : readPasswordHash(material.hash);
  const proof: Verification = { ok: true, identity: { scheme: "password", id: identity }, claims: {}, attributes: {} };
  if (await stored?.matches(request.password)) return proof;
  const previous = material.previous === undefined ? undefined : readPasswordHash(material.previous);
  if (await previous?.matches(request.password)) return { ...proof, byPrevious: true };
  // While a previous password counts, a refusal takes longer: that a rotation is under way is no secret.
  await spendRest(request.password, refusalCost, stored?.cost);
  if (stored) return refuse("bad_password", previous ? "neither the password nor the one before it" : "wrong password");
  if (material.hash === undefined) return refuse("bad_password", "no device of this name has a password");
  return refuse("bad_password", "the stored hash cannot be read: unknown form or parameters out of bounds");
}

/** Whether a text is a hash this scheme can check: `$scrypt$…`, or Mosquitto's `$7$…` and `$6$…`. */
export function isPasswordHash(text: string): boolean {
  return readPasswordHash(text) !== undefined;
}

function readPasswordHash(text: string) {
  return readScryptHash(text) ?? readMosquittoHash(text);
}

/** Code or class of an error; its message could carry what was hashed. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return "code" in error && typeof error.code === "string" ? error.code : error.name;
}

function refuse(reason: DenyReason, detail: string): Verification {
  return { ok: false, reason, detail, hints: [] };
}
