import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import jwtVectors from "../../../../vectors/jwt.json" with { type: "json" };
import hmacVectors from "../../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import { judgeSecret, type SecretUse } from "./judge-key.ts";
import { knownSecretDigests } from "./known-secrets.ts";

/** As good as random, and the same at each run. */
const bytesOf = (kind: string, index: number) => createHash("sha256").update(`${kind} ${index}`).digest();

const kinds: Record<string, (index: number) => string> = {
  "openssl rand -hex 16": (index) => bytesOf("hex16", index).toString("hex").slice(32),
  "openssl rand -hex 32": (index) => bytesOf("hex32", index).toString("hex"),
  "openssl rand -base64 24": (index) => bytesOf("base64", index).subarray(8).toString("base64"),
  UUID: (index) =>
    bytesOf("uuid", index)
      .toString("hex")
      .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, "$1-$2-4$3-a$4-$5"),
};

const uses: SecretUse[] = ["xiaozhi-hmac", "HS256", "HS384", "HS512"];

function problemOf(secret: string | null | undefined, use: SecretUse = "xiaozhi-hmac", bytes?: number) {
  const judgement = judgeSecret(secret, use, bytes);
  return judgement.ok ? "none" : judgement.problem;
}

describe("judgeSecret refuses", () => {
  it.each(uses)("a key that is not there, for %s, and nothing overrules that", (use) => {
    for (const secret of [undefined, null, "", "  \n"]) {
      expect(judgeSecret(secret, use)).toMatchObject({ ok: false, problem: "missing", overridable: false });
    }
    for (const secret of ["null", "NULL", "undefined", "None", "nil", " null\n"]) {
      expect(judgeSecret(secret, use)).toMatchObject({ ok: false, problem: "null_text", overridable: false });
    }
  });

  it.each(["test-signature-key-12345", "emqxsecret", "your-256-bit-secret", "changeme", "secret", "public", "test"])(
    "the publicly known %s",
    (secret) => {
      for (const text of [secret, ` ${secret}\n`]) {
        expect(judgeSecret(text, "xiaozhi-hmac")).toMatchObject({ problem: "publicly_known", overridable: true });
        expect(judgeSecret(text, "HS512")).toMatchObject({ problem: "publicly_known" });
      }
    },
  );

  it("publicly known secrets that are long or look random, also behind Base64", () => {
    const jwtIo = "a-string-secret-at-least-256-bits-long";
    expect(problemOf(jwtIo, "HS256")).toBe("publicly_known");
    expect(problemOf(jwtIo.toUpperCase(), "HS256")).not.toBe("publicly_known");
    expect(problemOf(Buffer.from(jwtIo).toString("base64"), "HS256", jwtIo.length)).toBe("publicly_known");
    // RFC 7515 A.1.1, in the order of its octets in the Base64url text and as standard Base64 of the same octets
    const rfc = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    expect(problemOf(rfc, "HS512")).toBe("publicly_known");
    expect(problemOf(Buffer.from(rfc, "base64url").toString("base64"), "HS512", 64)).toBe("publicly_known");
  });

  it("keys shorter than RFC 7518 section 3.2 wants, counted in bytes", () => {
    for (const [use, least] of [
      ["HS256", 32],
      ["HS384", 48],
      ["HS512", 64],
    ] as const) {
      const secret = randomBytes(least / 2).toString("hex");
      expect(problemOf(secret, use)).toBe("none");
      expect(judgeSecret(secret.slice(1), use)).toMatchObject({ problem: "too_short", overridable: true });
      const raw = randomBytes(least);
      expect(problemOf(raw.toString("base64"), use, least)).toBe("none");
      expect(problemOf(raw.subarray(1).toString("base64"), use, least - 1)).toBe("too_short");
    }
    expect(problemOf("x9Qf-密钥é2vK8mP4tR7wL1zBqY0d", "HS256")).toBe("none");
  });

  it.each([
    ["one character", "a".repeat(64)],
    ["a repeated word", "changeme".repeat(5)],
    ["alphabet and digits", "abcdefghijklmnopqrstuvwxyz012345"],
    ["what xiaozhi's rule lets pass", "Abcdefgh"],
    ["a word and digits", "password1234"],
    ["a digest of nothing but zeros", "0".repeat(64)],
    ["a keyboard walk", "qwertyuiopasdfghjklzxcvbnm1234567890"],
  ])("too little entropy: %s", (_, secret) => {
    expect(judgeSecret(secret, "xiaozhi-hmac")).toMatchObject({ problem: "too_little_entropy", overridable: true });
    if (secret.length >= 32) expect(problemOf(secret, "HS256")).toBe("too_little_entropy");
  });

  it("a weak secret behind Base64 that looks better than it is", () => {
    const weak = "Kqz7-Rm".repeat(5);
    expect(problemOf(Buffer.from(weak).toString("base64"), "HS256", weak.length)).toBe("too_little_entropy");
  });
});

describe("judgeSecret accepts", () => {
  it("ten thousand random keys of each kind that people make", () => {
    for (const [kind, make] of Object.entries(kinds)) {
      const refused = Array.from({ length: 10_000 }, (_, index) => make(index)).filter(
        (secret) => !judgeSecret(secret, "HS256").ok,
      );
      expect(refused, kind).toEqual([]);
    }
  });

  it("every key of the vectors that devices may connect with", () => {
    const keys = hmacVectors.credentials.filter((v) => v.expect === "allow").map((v) => v.server_key);
    expect(new Set(keys)).toContain("Schlüssel-Größe-密钥");
    for (const key of keys) expect(problemOf(key)).toBe("none");
    for (const vector of jwtVectors.jwt) expect(problemOf(vector.key, "HS256")).toBe("none");
  });

  it("refuses to start where the vectors say so", () => {
    const refused = hmacVectors.credentials.filter((v) => v.expect === "refuse-to-start");
    expect(refused.map((v) => problemOf(v.server_key)).sort()).toEqual(["missing", "null_text"]);
  });

  it("warns about what will bite later", () => {
    const random = randomBytes(24).toString("hex");
    expect(judgeSecret(random, "HS384")).toMatchObject({ ok: true, warnings: [] });
    expect(judgeSecret(random, "xiaozhi-hmac")).toMatchObject({
      warnings: ["xiaozhi wants an upper case letter (A to Z) in the signature key"],
    });
    expect(judgeSecret(`${random}\n`, "HS384")).toMatchObject({ warnings: [expect.stringContaining("white space")] });
    expect(judgeSecret("Vector-Key-For-Docs-01", "xiaozhi-hmac")).toMatchObject({
      warnings: [expect.stringContaining("made up by a person (about 63 bits")],
    });
  });
});

describe("what judgeSecret says", () => {
  it("names the reason and the next step", () => {
    expect(judgeSecret(null, "xiaozhi-hmac")).toMatchInlineSnapshot(`
      {
        "ok": false,
        "overridable": false,
        "problem": "missing",
        "text": "There is no key. Make one with \`openssl rand -base64 32\`.",
      }
    `);
    expect(judgeSecret("null", "HS512")).toMatchInlineSnapshot(`
      {
        "ok": false,
        "overridable": false,
        "problem": "null_text",
        "text": "The key is the word that programs write for "not set", not a key. Make one with \`openssl rand -hex 64\`.",
      }
    `);
    expect(judgeSecret("test-signature-key-12345", "xiaozhi-hmac")).toMatchInlineSnapshot(`
      {
        "ok": false,
        "overridable": true,
        "problem": "publicly_known",
        "text": "The key is publicly known: it is printed in documentation or source code, so anyone can forge credentials. Make one with \`openssl rand -base64 32\`. An existing fleet may go on with it for now: credentials.allowWeakKey: true (CONNACK_CREDENTIALS_ALLOW_WEAK_KEY=true), or connack serve --allow-weak-key.",
      }
    `);
    expect(judgeSecret("Kqz7-Rm", "HS384")).toMatchInlineSnapshot(`
      {
        "ok": false,
        "overridable": true,
        "problem": "too_short",
        "text": "The key has 7 bytes; HS384 needs at least 48 (RFC 7518 section 3.2). Make one with \`openssl rand -hex 48\`. An existing fleet may go on with it for now: credentials.allowWeakKey: true (CONNACK_CREDENTIALS_ALLOW_WEAK_KEY=true), or connack serve --allow-weak-key.",
      }
    `);
    expect(judgeSecret("a".repeat(64), "HS256")).toMatchInlineSnapshot(`
      {
        "ok": false,
        "overridable": true,
        "problem": "too_little_entropy",
        "text": "The key is too easy to guess: about 0 bits by a generous estimate, at least 56 are needed. Make one with \`openssl rand -hex 32\`. An existing fleet may go on with it for now: credentials.allowWeakKey: true (CONNACK_CREDENTIALS_ALLOW_WEAK_KEY=true), or connack serve --allow-weak-key.",
      }
    `);
  });

  it("never contains the secret", () => {
    for (const secret of ["Kqz7-Rm", "zR4t".repeat(20), "emqxsecret", `${randomBytes(16).toString("hex")} `]) {
      for (const use of uses) expect(JSON.stringify(judgeSecret(secret, use))).not.toContain(secret.trim());
    }
  });
});

describe("knownSecretDigests", () => {
  it("holds well-formed digests, and the digest of no real key", () => {
    expect(knownSecretDigests.size).toBeGreaterThan(100);
    for (const digest of knownSecretDigests) expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(knownSecretDigests).not.toContain(createHash("sha256").update("").digest("hex"));
  });

  it("holds the key compiled into the ESP32 sketch of the JWT guide", () => {
    expect(knownSecretDigests).toContain("efc41e8a4134b4a40d2bec88c81016496f3d84b19665b5e56eafe6f23d53f91e");
  });
});
