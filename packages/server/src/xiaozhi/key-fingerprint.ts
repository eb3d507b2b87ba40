import { scryptSync } from "node:crypto";

/**
 * Tells two signature keys apart without showing either: 10 hexadecimal digits, the same for a key wherever it is made.
 * Takes milliseconds on purpose: no help in guessing a key that is a word.
 */
export function keyFingerprint(key: string): string {
  return scryptSync(key, "connack signature key fingerprint", 5, { N: 1024, r: 8, p: 1 }).toString("hex");
}
