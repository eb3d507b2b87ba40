import { generateKeyPairSync } from "node:crypto";
import { importJWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { CredentialsRefused } from "../device-credentials.ts";
import { credentialsRequest } from "../testing/credentials-request.ts";
import { shownEverywhere } from "../testing/shown-everywhere.ts";
import { type KeyPairJwtOptions, keyPairJwt } from "./key-pair-jwt.ts";

const now = 1_800_000_000;
const pairs = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }),
  EdDSA: generateKeyPairSync("ed25519"),
};
const pem = (algorithm: "ES256" | "EdDSA") =>
  pairs[algorithm].privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const webCrypto = { ES256: { name: "ECDSA", namedCurve: "P-256" }, EdDSA: { name: "Ed25519" } };

describe.each(["ES256", "EdDSA"] as const)("keyPairJwt %s", (algorithm) => {
  const { privateKey, publicKey } = pairs[algorithm];
  const jwk = privateKey.export({ format: "jwk" }) as { kty: string };
  const other = algorithm === "ES256" ? "EdDSA" : "ES256";
  const make = (key: KeyPairJwtOptions["privateKey"]) =>
    keyPairJwt({ privateKey: key, algorithm, deviceId: "sensor-1", issuer: "factory", kid: "k1" });
  const cryptoKey = (usages: ("sign" | "verify")[], key: object = jwk) =>
    crypto.subtle.importKey("jwk", key, webCrypto[algorithm], false, usages);

  it("signs with a JWK, a PEM and a CryptoKey what the public key verifies", async () => {
    const keys = [
      jwk,
      { ...jwk, alg: algorithm, use: "sig", key_ops: ["sign"] },
      pem(algorithm),
      await cryptoKey(["sign"]),
    ];
    for (const key of keys) {
      const provider = make(key);
      expect(provider).toMatchObject({ name: "key-pair JWT", needsClock: true });
      const given = await provider.get(credentialsRequest({ nowSeconds: now }));
      expect(given).toMatchObject({ clientId: "sensor-1", username: "sensor-1", expiresAt: now + 3600 });
      const verified = await jwtVerify(
        given.password,
        await importJWK(publicKey.export({ format: "jwk" }) as { kty: string }, algorithm),
        { currentDate: new Date(now * 1000) },
      );
      expect(verified.payload).toEqual({ iss: "factory", sub: "sensor-1", iat: now, exp: now + 3600 });
      expect(verified.protectedHeader).toEqual({ alg: algorithm, typ: "JWT", kid: "k1" });
    }
  });

  it("reads a PEM with text around it and other line ends", async () => {
    const provider = make(`Bag Attributes\r\n${pem(algorithm).replaceAll("\n", "\r\n")}\r\n`);
    expect((await provider.get(credentialsRequest())).password).toMatch(/^ey/);
  });

  it("shows its key nowhere", async () => {
    const { d } = jwk as unknown as { d: string };
    const body = pem(algorithm).split("\n")[1] ?? "";
    for (const provider of [make(jwk), make(pem(algorithm))]) {
      await provider.get(credentialsRequest());
      expect(shownEverywhere(provider)).not.toContain(d);
      expect(shownEverywhere(provider)).not.toContain(body);
    }
  });

  it("refuses public keys and those of another algorithm when it is made", async () => {
    const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
    expect(() => make(publicPem)).toThrow("privateKey is a public key: the private one is needed");
    expect(() => make(publicKey.export({ format: "jwk" }) as { kty: string })).toThrow("privateKey is a public JWK");
    expect(() => make(pairs[other].privateKey.export({ format: "jwk" }) as { kty: string })).toThrow(
      `privateKey is not for ${algorithm}`,
    );
    const publicJwk = publicKey.export({ format: "jwk" });
    const sentence = `privateKey has to be a private CryptoKey for ${algorithm} that may sign`;
    for (const key of [await cryptoKey(["verify"], publicJwk), {} as never]) expect(() => make(key)).toThrow(sentence);
  });

  it("refuses what is no such key at the first token, without a word of it", async () => {
    const damaged = pem(other);
    const provider = make(damaged);
    const refusal = await Promise.resolve(provider.get(credentialsRequest())).catch((error: unknown) => error);
    expect(refusal).toEqual(new CredentialsRefused(`privateKey cannot be read as a private key for ${algorithm}`));
    expect(refusal).toBeInstanceOf(CredentialsRefused);
  });
});

describe("keyPairJwt", () => {
  const es = pairs.ES256.privateKey;
  it.each([
    [es.export({ type: "sec1", format: "pem" }).toString(), /is in the old SEC 1 form: openssl pkcs8 -topk8/],
    [
      es.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "p" }).toString(),
      /is encrypted: openssl pkcs8/,
    ],
    ["-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", /is a certificate: its private key is needed/],
    ["-----BEGIN PRIVATE KEY-----\nAAA=A\n-----END PRIVATE KEY-----", /is damaged: its PEM is no Base64/],
    ["-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", /is damaged/],
    ["secret", /^privateKey is no PEM with BEGIN PRIVATE KEY$/],
    [undefined, /^privateKey has to be a JWK, a PEM text or a CryptoKey$/],
  ])("says what a key is that it cannot use", (privateKey, sentence) => {
    const make = () => keyPairJwt({ privateKey: privateKey as never, algorithm: "ES256", deviceId: "sensor-1" });
    expect(make).toThrow(sentence);
    expect(make).toThrow(TypeError);
  });

  it("knows two algorithms", () => {
    for (const algorithm of ["RS256", "HS256", undefined, "toString"] as never[]) {
      expect(() => keyPairJwt({ privateKey: pem("ES256"), algorithm, deviceId: "sensor-1" })).toThrow(
        "algorithm has to be ES256 or EdDSA",
      );
    }
  });
});
