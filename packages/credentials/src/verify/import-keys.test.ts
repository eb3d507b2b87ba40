import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type ImportKeyOptions, importKeyText } from "./import-keys.ts";
import { importSecret } from "./import-secret.ts";
import { KeyImportError } from "./imported-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const ed = generateKeyPairSync("ed25519");
const pairs = { rsa, ec, ed };

/** Self-signed, for CN=connack test certificate, P-256; its private key was never kept. */
const certificate = `-----BEGIN CERTIFICATE-----
MIIBnTCCAUOgAwIBAgIUQqVbxLZl2mTSK9ybybmHpi9Eq8UwCgYIKoZIzj0EAwIw
IzEhMB8GA1UEAwwYY29ubmFjayB0ZXN0IGNlcnRpZmljYXRlMCAXDTI2MTEyMjEx
MjgwOVoYDzIxMjYxMDI5MTEyODA5WjAjMSEwHwYDVQQDDBhjb25uYWNrIHRlc3Qg
Y2VydGlmaWNhdGUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATTl1ziPtFK1jCK
C9CEiM5zqxL+62OtvHctJf4wGmTnSxkQ4FuxKctgCuTvifSv/2R9pMMNopX3MOPj
AKiYrDKio1MwUTAdBgNVHQ4EFgQUUoDSmGm9fcSTUY22jYWCeyLDz/EwHwYDVR0j
BBgwFoAUUoDSmGm9fcSTUY22jYWCeyLDz/EwDwYDVR0TAQH/BAUwAwEB/zAKBggq
hkjOPQQDAgNIADBFAiEApilB6B26FFcjtVbST2nQT5ouUzYZ/0rStOnzduv93hwC
IDTJQrNGLhpkcrK+KnKdOmW6j4yawpAaaIRu1wmkruUL
-----END CERTIFICATE-----
`;

const jwk = (key: KeyObject, more: object = {}) => ({ ...key.export({ format: "jwk" }), ...more });
const pem = (key: KeyObject) =>
  key.export({ type: key.type === "private" ? "pkcs8" : "spki", format: "pem" }).toString();
const names = (text: string, options?: ImportKeyOptions) =>
  importKeyText(text, options).map(({ id, algorithm, privateKey }) => [id, algorithm, privateKey !== undefined]);

/** The message; the error has to be a KeyImportError without a cause and without any long piece of the text. */
function failure(text: string, options?: ImportKeyOptions): string {
  try {
    importKeyText(text, options);
  } catch (error) {
    if (!(error instanceof KeyImportError)) throw error;
    expect(error.cause).toBeUndefined();
    for (const piece of text.match(/[A-Za-z0-9_+/-]{16,}/g) ?? []) expect(error.message).not.toContain(piece);
    return error.message;
  }
  return "imported";
}

describe("PEM", () => {
  it.each([
    ["rsa", "RS256"],
    ["ec", "ES256"],
    ["ed", "EdDSA"],
  ] as const)("reads %s keys, public and private", (kind, algorithm) => {
    const { publicKey, privateKey } = pairs[kind];
    expect(names(pem(publicKey))).toEqual([[undefined, algorithm, false]]);
    expect(names(`\n${pem(privateKey)}\n`)).toEqual([[undefined, algorithm, true]]);
    const [imported] = importKeyText(pem(privateKey));
    expect(imported?.publicOrSecret.type).toBe("public");
    expect(imported?.publicOrSecret.equals(publicKey)).toBe(true);
    expect(imported?.privateKey?.equals(privateKey)).toBe(true);
  });

  it("reads the older forms", () => {
    expect(names(rsa.publicKey.export({ type: "pkcs1", format: "pem" }).toString())).toEqual([
      [undefined, "RS256", false],
    ]);
    expect(names(rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString())).toEqual([
      [undefined, "RS256", true],
    ]);
    const sec1 = ec.privateKey.export({ type: "sec1", format: "pem" }).toString();
    const parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    expect(names(parameters + sec1)).toEqual([[undefined, "ES256", true]]);
  });

  it("reads the key of a certificate", () => {
    const [imported] = importKeyText(certificate);
    expect(imported).toMatchObject({ algorithm: "ES256" });
    expect(imported?.publicOrSecret.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
    expect(failure(certificate + certificate)).toBe("The PEM holds 2 keys or certificates; give one.");
  });

  it("takes an algorithm that fits, and no other", () => {
    expect(names(pem(rsa.publicKey), { algorithm: "PS256" })).toEqual([[undefined, "PS256", false]]);
    expect(failure(pem(rsa.publicKey), { algorithm: "ES256" })).toBe("The key is for RS256 or PS256, not for ES256.");
    expect(failure(pem(ec.publicKey), { algorithm: "EdDSA" })).toBe("The key is for ES256, not for EdDSA.");
    expect(failure(pem(ed.publicKey), { algorithm: "HS256" })).toBe("The key is for EdDSA, not for HS256.");
  });

  it("refuses keys that are too small, too large or of another kind", () => {
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 });
    expect(failure(pem(small.publicKey))).toMatch(/^The RSA key has 1024 bits/);
    expect(failure(pem(small.privateKey))).toMatch(/^The RSA key has 1024 bits/);
    expect(failure(pem(generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey))).toMatch(
      /^The curve secp384r1 is not/,
    );
    expect(failure(pem(generateKeyPairSync("ec", { namedCurve: "secp256k1" }).publicKey))).toMatch(
      /^The curve secp256k1 is not/,
    );
    expect(failure(pem(generateKeyPairSync("x25519").publicKey))).toMatch(/^Keys of type x25519/);
    expect(failure(pem(generateKeyPairSync("ed448").publicKey))).toMatch(/^Keys of type ed448/);
    const pss = pem(generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).publicKey);
    expect(failure(pss)).toMatch(/^Keys of type rsa-pss/);
  });

  it("refuses an RSA exponent that makes forging easy", () => {
    const { n } = rsa.publicKey.export({ format: "jwk" });
    expect(failure(JSON.stringify({ kty: "RSA", n, e: "AQ" }))).toMatch(/exponent/);
  });

  it("says what is wrong with a damaged one", () => {
    const text = pem(ec.privateKey);
    expect(failure(text.slice(0, -20))).toMatch(/cut off/);
    expect(failure(text.replace("END PRIVATE", "END PUBLIC"))).toMatch(/BEGIN and END/);
    expect(failure(text.replace(/\n[A-Za-z0-9+/]{8}/, "\nAAAAAAAA"))).toMatch(/damaged/);
    expect(failure(pem(ec.publicKey).replaceAll("PUBLIC KEY", "PRIVATE KEY"))).toMatch(/damaged/);
    expect(failure(text.replaceAll("PRIVATE KEY", "OPENSSH PRIVATE KEY"))).toMatch(/neither a public key/);
    expect(failure(text.replaceAll("PRIVATE KEY", "constructor"))).toMatch(/cut off/);
    const cipher = {
      type: "pkcs8",
      format: "pem",
      cipher: "aes-128-cbc",
      passphrase: randomBytes(9).toString("hex"),
    } as const;
    expect(failure(ec.privateKey.export(cipher).toString())).toMatch(/encrypted with a pass phrase/);
    const legacy = { ...cipher, type: "pkcs1" } as const;
    expect(failure(rsa.privateKey.export(legacy).toString())).toMatch(/encrypted with a pass phrase/);
    expect(failure(pem(ec.privateKey) + pem(ec.publicKey))).toMatch(/holds 2 keys/);
  });
});

describe("JWK and JWK Set", () => {
  it("reads single keys with their id and algorithm", () => {
    expect(names(JSON.stringify(jwk(rsa.publicKey, { kid: "r1" })))).toEqual([["r1", "RS256", false]]);
    expect(names(JSON.stringify(jwk(rsa.publicKey, { alg: "PS256" })))).toEqual([[undefined, "PS256", false]]);
    expect(names(JSON.stringify(jwk(rsa.publicKey)), { algorithm: "PS256" })).toEqual([[undefined, "PS256", false]]);
    expect(names(JSON.stringify(jwk(ec.privateKey, { kid: "e1", use: "sig" })))).toEqual([["e1", "ES256", true]]);
    expect(names(JSON.stringify(jwk(ed.publicKey, { key_ops: ["verify"] })))).toEqual([[undefined, "EdDSA", false]]);
    expect(names(JSON.stringify(jwk(ed.privateKey, { alg: "Ed25519" })))).toEqual([[undefined, "EdDSA", true]]);
  });

  it("reads secrets with their algorithm", () => {
    const secret = randomBytes(32);
    const oct = { kty: "oct", k: secret.toString("base64url"), kid: "s1" };
    const [imported] = importKeyText(JSON.stringify({ ...oct, alg: "HS384" }));
    expect(imported).toMatchObject({ id: "s1", algorithm: "HS384" });
    expect(imported?.publicOrSecret.export()).toEqual(secret);
    expect(names(JSON.stringify(oct), { algorithm: "HS512" })).toEqual([["s1", "HS512", false]]);
    expect(failure(JSON.stringify(oct))).toBe("A JWK of type oct needs its alg.");
    expect(failure(JSON.stringify({ ...oct, alg: "RS256" }))).toMatch(/alg that is not supported/);
    expect(failure(JSON.stringify({ ...oct, alg: "HS256" }), { algorithm: "HS512" })).toBe("The JWK is not for HS512.");
    for (const k of ["", 5, undefined, `${oct.k}=`, `${oct.k}\n`]) {
      expect(failure(JSON.stringify({ ...oct, k, alg: "HS256" }))).toMatch(/^The k of a JWK/);
    }
  });

  it("reads the keys of a set that are for us, in their order", () => {
    const keys = [
      jwk(rsa.publicKey, { kid: "enc", use: "enc" }),
      jwk(rsa.publicKey, { kid: "wrap", key_ops: ["wrapKey"] }),
      jwk(rsa.publicKey, { kid: "oaep", alg: "RSA-OAEP" }),
      jwk(rsa.publicKey, { kid: "r1" }),
      { kty: "EC", crv: "P-384", x: "AA", y: "AA", kid: "p384" },
      { kty: "OKP", crv: "X25519", x: "AA" },
      { kty: "AKP", alg: "ML-DSA-44" },
      { kty: "constructor" },
      { kty: 5 },
      jwk(ec.publicKey, { kid: "e1" }),
      jwk(ed.privateKey, { kid: "d1" }),
    ];
    const set = JSON.stringify({ keys });
    expect(names(set)).toEqual([
      ["r1", "RS256", false],
      ["e1", "ES256", false],
      ["d1", "EdDSA", true],
    ]);
    expect(names(set, { algorithm: "ES256" })).toEqual([["e1", "ES256", false]]);
    expect(failure(set, { algorithm: "HS256" })).toMatch(
      /^The JWK Set has no key that can be used: one is for encryption/,
    );
  });

  it("says what is wrong", () => {
    expect(failure("{")).toMatch(/not a JSON object/);
    expect(failure('{"keys":{}}')).toMatch(/no list of keys/);
    expect(failure('{"keys":[]}')).toBe("The JWK Set has no key that can be used.");
    expect(failure('{"keys":[[]]}')).toMatch(/not a JSON object/);
    expect(failure(JSON.stringify({ keys: Array(65).fill(jwk(ed.publicKey)) }))).toMatch(/more than 64 keys/);
    expect(failure(JSON.stringify(jwk(rsa.publicKey, { use: "enc" })))).toMatch(/is for encryption/);
    expect(failure("{}")).toMatch(/neither RSA, EC, OKP nor oct/);
    expect(failure(JSON.stringify(jwk(rsa.publicKey, { kid: "x\n" })))).toMatch(/^The kid of a JWK/);
    expect(failure(JSON.stringify(jwk(rsa.publicKey, { kid: "" })))).toMatch(/^The kid of a JWK/);
    expect(failure(JSON.stringify(jwk(ec.privateKey, { x: "AAAA" })))).toMatch(/damaged/);
    expect(failure(JSON.stringify(jwk(ec.publicKey, { y: undefined })))).toMatch(/damaged/);
    expect(failure(JSON.stringify(jwk(rsa.publicKey, { n: 5 })))).toMatch(/damaged/);
    const small = generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey;
    expect(failure(JSON.stringify({ keys: [jwk(ec.publicKey), jwk(small)] }))).toMatch(/1024 bits/);
  });
});

describe("secrets", () => {
  const text = `${randomBytes(20).toString("hex")}é`;

  it("are the bytes of the text, or what Base64 stands for", () => {
    expect(importSecret(text, "HS256", "text").export()).toEqual(Buffer.from(text));
    expect(importSecret(`${text}\n`, "HS256", "text").export()).toEqual(Buffer.from(`${text}\n`));
    const bytes = randomBytes(31);
    expect(importSecret(bytes.toString("base64"), "HS512", "base64").export()).toEqual(bytes);
    const [imported] = importKeyText(bytes.toString("base64"), { algorithm: "HS256", secretEncoding: "base64" });
    expect(imported).toMatchObject({ algorithm: "HS256" });
    expect(imported?.publicOrSecret.export()).toEqual(bytes);
  });

  it("have to be canonical Base64", () => {
    const options = { algorithm: "HS256", secretEncoding: "base64" } as const;
    const base64 = Buffer.alloc(31, 0xfb).toString("base64");
    const spellings = [
      base64.slice(0, -1),
      base64.replaceAll("+", "-"),
      `${base64}\n`,
      ` ${base64}`,
      base64.replace(/.=$/, "x="),
      text,
    ];
    for (const spelling of spellings) expect(failure(spelling, options)).toMatch(/not canonical Base64/);
  });

  it("are never empty, and never a key of another kind", () => {
    const options = { algorithm: "HS256", secretEncoding: "text" } as const;
    expect(failure("", options)).toBe("The secret is empty.");
    expect(failure("", { ...options, secretEncoding: "base64" })).toBe("The secret is empty.");
    expect(failure(pem(rsa.publicKey), options)).toMatch(/is a PEM/);
    expect(failure(` ${pem(rsa.publicKey)}`, options)).toMatch(/is a PEM/);
    expect(failure(JSON.stringify(jwk(rsa.publicKey)), options)).toMatch(/is a JWK/);
  });

  it("need to be called secrets, with an HMAC algorithm", () => {
    expect(failure(text)).toMatch(/neither PEM nor a JWK/);
    expect(failure(text, { algorithm: "HS256" })).toMatch(/neither PEM nor a JWK/);
    expect(failure(text, { secretEncoding: "text" })).toMatch(/needs one of the algorithms/);
    expect(failure(text, { algorithm: "RS256", secretEncoding: "text" })).toMatch(/needs one of the algorithms/);
    expect(() => importSecret(text, "RS256", "text")).toThrow(KeyImportError);
  });
});

describe("any text", () => {
  it("is bounded and named when empty", () => {
    expect(failure(" \n")).toBe("The key text is empty.");
    expect(failure("x".repeat(256 * 1024 + 1))).toMatch(/longer than/);
  });
});
