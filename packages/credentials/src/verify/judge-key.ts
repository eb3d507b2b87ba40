import { createHash } from "node:crypto";
import { secretBits } from "../secret-bits.ts";
import { xiaozhiKeyRule } from "../signing-keys.ts";
import { knownSecretDigests } from "./known-secrets.ts";

export type SecretUse = "xiaozhi-hmac" | "HS256" | "HS384" | "HS512";

/** `warnings` and `text` are sentences for the operator; neither ever contains the secret. */
export type KeyJudgement =
  | {
      ok: true;
      /** Estimated bits to guess, rounded down; see `secretBits` for what that is worth. */
      bits: number;
      warnings: string[];
    }
  | {
      ok: false;
      problem: "missing" | "null_text" | "publicly_known" | "too_short" | "too_little_entropy";
      /** The reason and the next step. */
      text: string;
      /** Whether --allow-weak-key may overrule it: never for a key that is not there. */
      overridable: boolean;
    };

/** RFC 7518 §3.2: a key at least as long as the hash. xiaozhi has no such rule, only `leastBits`. */
const leastBytes: Record<SecretUse, number> = { "xiaozhi-hmac": 0, HS256: 32, HS384: 48, HS512: 64 };

/**
 * Below: refused. 32 random hex digits (128 bits) are estimated at 98 to 125, one in a hundred thousand below 80; a UUID
 * at 97 and more; 16 random Base64 characters at about 60, now and then below the line; a key made of the usual words
 * at less than 50.
 */
const leastBits = 56;

/** Below: a warning. No random key of 128 bits comes near it. */
const comfortableBits = 68;

/**
 * Whether a shared secret is fit to sign credentials with. Pure: the caller refuses to start, or not.
 *
 * @param bytes Length of the secret after decoding, where the text is Base64; the decoded secret is then judged too.
 */
export function judgeSecret(secret: string | null | undefined, use: SecretUse, bytes?: number): KeyJudgement {
  const trimmed = secret?.trim() ?? "";
  if (secret === null || secret === undefined || trimmed === "") {
    return refuse("missing", `There is no key. ${makeOne(use)}`, false);
  }
  if (/^(null|undefined|none|nil)$/i.test(trimmed)) {
    return refuse(
      "null_text",
      `The key is the word that programs write for "not set", not a key. ${makeOne(use)}`,
      false,
    );
  }
  const decoded = bytes === undefined ? undefined : Buffer.from(trimmed, "base64");
  if (isKnown(secret) || isKnown(trimmed) || (decoded !== undefined && isKnown(decoded))) {
    const why =
      "The key is publicly known: it is printed in documentation or source code, so anyone can forge credentials.";
    return refuse("publicly_known", `${why} ${makeOne(use)}`, true);
  }
  const length = bytes ?? Buffer.byteLength(secret);
  if (length < leastBytes[use]) {
    const why = `The key has ${length} bytes; ${use} needs at least ${leastBytes[use]} (RFC 7518 section 3.2).`;
    return refuse("too_short", `${why} ${makeOne(use)}`, true);
  }
  const bits = Math.floor(Math.min(secretBits(trimmed), decoded ? secretBits(decoded.toString("latin1")) : Infinity));
  if (bits < leastBits) {
    const why = `The key is too easy to guess: about ${bits} bits by a generous estimate, at least ${leastBits} are needed.`;
    return refuse("too_little_entropy", `${why} ${makeOne(use)}`, true);
  }
  return { ok: true, bits, warnings: warningsAbout(secret, use, bits) };
}

function warningsAbout(secret: string, use: SecretUse, bits: number): string[] {
  const warnings: string[] = [];
  if (secret !== secret.trim()) {
    warnings.push(
      "the key begins or ends with white space; the issuer must use the very same text, white space included",
    );
  }
  if (bits < comfortableBits) {
    warnings.push(
      `the key looks made up by a person (about ${bits} bits by a generous estimate); a random one is safer`,
    );
  }
  if (use === "xiaozhi-hmac") warnings.push(...xiaozhiKeyRule(secret));
  return warnings;
}

function isKnown(secret: string | Buffer): boolean {
  return knownSecretDigests.has(createHash("sha256").update(secret).digest("hex"));
}

/** Base64 for xiaozhi, whose rule wants both cases; hex otherwise, because openssl breaks long Base64 into lines. */
function makeOne(use: SecretUse): string {
  return `Make one with \`openssl rand ${use === "xiaozhi-hmac" ? "-base64 32" : `-hex ${leastBytes[use]}`}\``;
}

const goOnWithIt =
  "An existing fleet may go on with it for now: credentials.allowWeakKey: true (CONNACK_CREDENTIALS_ALLOW_WEAK_KEY=true), or connack serve --allow-weak-key.";

function refuse(
  problem: Extract<KeyJudgement, { ok: false }>["problem"],
  text: string,
  overridable: boolean,
): KeyJudgement {
  const way = overridable ? `${text}. ${goOnWithIt}` : `${text}.`;
  return { ok: false, problem, text: way, overridable };
}
