import { createHash, pbkdf2, timingSafeEqual } from "node:crypto";
import type { StoredPassword } from "./hash-password.ts";

const hashLength = 64;
/** Half a second; mosquitto_passwd itself takes 101 unless told otherwise. */
const maxIterations = 1_000_000;
const pbkdf2Form = /^\$7\$([1-9]\d{0,6})\$([A-Za-z0-9+/]{1,86}={0,2})\$([A-Za-z0-9+/]{86}==)$/;
const sha512Form = /^\$6\$([A-Za-z0-9+/]{1,86}={0,2})\$([A-Za-z0-9+/]{86}==)$/;

/**
 * Reads a hash as mosquitto_passwd writes it after the user name and colon (Mosquitto 2.0, `password_file`):
 * `$7$<iterations>$<salt>$<hash>` is PBKDF2 with SHA-512, `$6$<salt>$<hash>` is SHA-512 of password and salt, both
 * 64 bytes, salt and hash in padded Base64. `undefined` for anything else; the `$6$` of crypt(3) is another format.
 */
export function readMosquittoHash(text: string): StoredPassword | undefined {
  const [, iterationText, slowSalt, slowHash] = pbkdf2Form.exec(text) ?? [];
  const [, fastSalt, fastHash] = sha512Form.exec(text) ?? [];
  const salt = decode(slowSalt ?? fastSalt ?? "");
  const hash = decode(slowHash ?? fastHash ?? "");
  if (!salt || hash?.length !== hashLength) return undefined;
  if (iterationText === undefined)
    return { matches: async (password) => timingSafeEqual(sha512(password, salt), hash) };
  const iterations = Number(iterationText);
  if (iterations > maxIterations) return undefined;
  return { matches: async (password) => timingSafeEqual(await stretch(password, salt, iterations), hash) };
}

function sha512(password: string, salt: Buffer): Buffer {
  return createHash("sha512").update(password).update(salt).digest();
}

function stretch(password: string, salt: Buffer, iterations: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    pbkdf2(password, salt, iterations, hashLength, "sha512", (error, key) => (error ? reject(error) : resolve(key)));
  });
}

/** Canonical Base64 only: one hash has one text. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.length > 0 && bytes.toString("base64") === text ? bytes : undefined;
}
