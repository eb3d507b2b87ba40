import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { connectLimits } from "../connect-request.ts";

/** Parameters of scrypt (RFC 7914): N = 2^ln, block size r, parallelisation p. Memory is 128·N·r bytes, time grows with N·r·p. */
export interface ScryptCost {
  ln: number;
  r: number;
  p: number;
}

/** 16 MiB and about 50 ms of one core: what a check may cost on the machine that runs the service. */
export const defaultScryptCost: Readonly<ScryptCost> = { ln: 14, r: 8, p: 1 };

/** A stored hash that was read and found sound. */
export interface StoredPassword {
  /** Absent where a check costs next to nothing beside scrypt. */
  cost?: Readonly<ScryptCost>;
  /** Whether this password made the hash; compared in constant time. */
  matches(password: string): Promise<boolean>;
}

const saltLength = 16;
const keyLength = 32;
/** N·r·p of the most expensive hash that is still checked: half a second and, at ln=17 and r=8, 128 MiB. */
const maxWork = 2 ** 20;
const phcForm = /^\$scrypt\$ln=([1-9]\d),r=([1-9]\d?),p=([1-9])\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{43,86})$/;

/**
 * Hashes a password for the registry: `$scrypt$ln=14,r=8,p=1$<salt>$<hash>`, the PHC string format with 16 bytes of
 * random salt, a 32 byte key, and Base64 without padding. Rejects with `RangeError` when no device could use the
 * password: see `explainPassword`.
 */
export async function hashPassword(password: string, cost: Readonly<ScryptCost> = defaultScryptCost): Promise<string> {
  const problem = explainPassword(password);
  if (problem !== undefined) throw new RangeError(`the password is ${problem}`);
  if (!isBounded(cost)) throw new RangeError("scrypt parameters out of bounds");
  const salt = randomBytes(saltLength);
  const key = await deriveKey(password, salt, keyLength, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(key)}`;
}

/**
 * What keeps a text from being a password, as the end of a sentence "it is …"; `undefined` when nothing does. NUL is
 * refused because HMAC pads its key with zeros (RFC 2104 §2): scrypt and PBKDF2 take "x" and "x\0" for the same.
 */
export function explainPassword(password: string): string | undefined {
  if (password === "") return "empty";
  if (password.length > connectLimits.password) return `longer than ${connectLimits.password} characters`;
  if (password.includes("\0")) return "one with a NUL character, perhaps a terminator that was sent along";
  if (/\p{Cs}/u.test(password)) return "not well-formed Unicode";
  return undefined;
}

/** Reads a PHC string of scrypt; `undefined` unless it is canonical and its parameters are within bounds. */
export function readScryptHash(text: string): StoredPassword | undefined {
  const [, ln, r, p, saltText = "", keyText = ""] = phcForm.exec(text) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  const salt = Buffer.from(saltText, "base64");
  const key = Buffer.from(keyText, "base64");
  if (!isBounded(cost) || unpadded(salt) !== saltText || unpadded(key) !== keyText) return undefined;
  return {
    cost,
    matches: async (password) => timingSafeEqual(await deriveKey(password, salt, key.length, cost), key),
  };
}

/**
 * Spends what a check with `own` cost falls short of one with `full`: a wrong password and an unknown name take equally long.
 * A hash dearer than `full` cannot be levelled this way.
 */
export async function spendRest(
  password: string,
  full: Readonly<ScryptCost>,
  own?: Readonly<ScryptCost>,
): Promise<void> {
  const rest = own ? { ...own, p: Math.round(workOf(full) / (2 ** own.ln * own.r)) - own.p } : full;
  if (rest.p > 0) await deriveKey(password, dummySalt, keyLength, rest);
}

const dummySalt = randomBytes(saltLength);

function deriveKey(
  password: string,
  salt: Buffer,
  length: number,
  { ln, r, p }: Readonly<ScryptCost>,
): Promise<Buffer> {
  const N = 2 ** ln;
  // OpenSSL counts 128·r·(N + p + 2) bytes against maxmem.
  const options = { N, r, p, maxmem: 128 * r * (N + p + 32) };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

function workOf({ ln, r, p }: Readonly<ScryptCost>): number {
  return 2 ** ln * r * p;
}

/** NaN, from a text that did not match, is out of bounds too. */
function isBounded(cost: Readonly<ScryptCost>): boolean {
  const { ln, r, p } = cost;
  return ln >= 10 && r >= 8 && r <= 16 && p >= 1 && p <= 4 && workOf(cost) <= maxWork;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
