import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type JwsAlgorithm, jwsAlgorithms, type Verification, type VerificationKey } from "../credential-scheme.ts";
import { encode, generateTestKey, signJws, type TestKey } from "../testing/sign-jws.ts";
import { maxKeyPairsTried, maxKeysTried } from "./jws-keys.ts";
import { createJwtScheme } from "./jwt.ts";

const now = 1_800_000_000;
const claims = { sub: "dev-1", exp: now + 60, iat: now };
const scheme = createJwtScheme({});
const keys = Object.fromEntries(jwsAlgorithms.map((algorithm) => [algorithm, generateTestKey(algorithm)])) as Record<
  JwsAlgorithm,
  TestKey
>;

function verify(token: string, ...ring: VerificationKey[]): Verification {
  const request = { clientId: "c1", username: "u1", password: token };
  const claim = { scheme: "jwt", identity: "", needs: "key ring" } as const;
  return scheme.verify(request, claim, { kind: "key ring", keys: ring }, now) as Verification;
}

const reasonOf = (verification: Verification) => (verification.ok ? "allow" : verification.reason);
const mint = ({ algorithm, signing }: TestKey, header: object = { alg: algorithm }) =>
  signJws(header, claims, algorithm, signing);

describe("each algorithm", () => {
  it.each(jwsAlgorithms)("%s: verifies with its key and no other", (algorithm) => {
    const own = keys[algorithm];
    expect(reasonOf(verify(mint(own), own.verification))).toBe("allow");
    expect(reasonOf(verify(mint(own), generateTestKey(algorithm).verification))).toBe("bad_signature");
    for (const other of jwsAlgorithms) {
      if (other !== algorithm)
        expect(reasonOf(verify(mint(own), keys[other].verification))).toBe("algorithm_not_allowed");
    }
  });

  it.each(jwsAlgorithms)("%s: a cut or longer signature is malformed", (algorithm) => {
    const [header, payload, signature = ""] = mint(keys[algorithm]).split(".");
    const bytes = Buffer.from(signature, "base64url");
    for (const altered of [bytes.subarray(0, -1), bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)])]) {
      const token = `${header}.${payload}.${altered.toString("base64url")}`;
      expect(reasonOf(verify(token, keys[algorithm].verification))).toBe("malformed_token");
    }
    const zeros = `${header}.${payload}.${Buffer.alloc(bytes.length).toString("base64url")}`;
    expect(reasonOf(verify(zeros, keys[algorithm].verification))).toBe("bad_signature");
  });
});

describe("algorithm confusion", () => {
  const publicTexts = (key: KeyObject): (string | Buffer)[] => [
    key.export({ type: "spki", format: "pem" }),
    key.export({ type: "spki", format: "pem" }).toString().trim(),
    key.export({ type: "spki", format: "der" }),
    JSON.stringify(key.export({ format: "jwk" })),
  ];

  it.each(["RS256", "PS256", "ES256", "EdDSA"] as const)("an HMAC with the public %s key is refused", (algorithm) => {
    const { verification } = keys[algorithm];
    for (const text of publicTexts(verification.key)) {
      for (const hmac of ["HS256", "HS384", "HS512"] as const) {
        const secret = createSecretKey(Buffer.from(text));
        const ring = [verification, keys.HS256.verification, keys.HS384.verification, keys.HS512.verification];
        for (const alg of [hmac, algorithm]) {
          const token = signJws({ alg }, claims, hmac, secret);
          expect(verify(token, verification).ok).toBe(false);
          expect(verify(token, ...ring.map((key, index) => ({ ...key, id: `k${index}` }))).ok).toBe(false);
        }
      }
    }
  });

  it("a key of the wrong kind in the ring verifies nothing", () => {
    for (const algorithm of jwsAlgorithms) {
      for (const other of jwsAlgorithms) {
        const sameKind =
          algorithm.slice(0, 2) === other.slice(0, 2) || (/^[RP]S/.test(algorithm) && /^[RP]S/.test(other));
        if (sameKind) continue;
        const misfiled = { ...keys[other].verification, algorithm };
        expect(reasonOf(verify(mint(keys[algorithm]), misfiled)), `${other} as ${algorithm}`).toBe(
          "algorithm_not_allowed",
        );
      }
    }
  });

  it("RS256 and PS256 signatures are not each other's, even with one key", () => {
    const { signing, verification } = keys.RS256;
    const pss = signJws({ alg: "RS256" }, claims, "PS256", signing);
    const pkcs1 = signJws({ alg: "PS256" }, claims, "RS256", signing);
    expect(reasonOf(verify(pss, verification))).toBe("bad_signature");
    expect(reasonOf(verify(pkcs1, { ...verification, algorithm: "PS256" }))).toBe("bad_signature");
  });

  it("a DER signature is none for ES256", () => {
    const token = mint(keys.ES256);
    const input = token.slice(0, token.lastIndexOf("."));
    const der = Buffer.from("3006020101020101", "hex").toString("base64url");
    expect(reasonOf(verify(`${input}.${der}`, keys.ES256.verification))).toBe("malformed_token");
  });

  it.each(["none", "None", "NONE", "nOnE"])("alg %s is refused by name, with any signature and any ring", (alg) => {
    const input = `${encode({ alg })}.${encode(claims)}`;
    const signed = mint(keys.HS256, { alg });
    for (const token of [`${input}.`, `${input}.AAAA`, signed]) {
      expect(reasonOf(verify(token))).toBe("algorithm_none");
      expect(reasonOf(verify(token, keys.HS256.verification))).toBe("algorithm_none");
    }
  });

  it("a key or its address in the header is not used", () => {
    const stranger = generateTestKey("ES256");
    const jwk = createPublicKey(stranger.signing).export({ format: "jwk" });
    const header = {
      alg: "ES256",
      jwk,
      jku: "https://evil.example/jwks.json",
      x5c: ["AAAA"],
      x5u: "https://evil.example",
    };
    expect(reasonOf(verify(mint(stranger, header), keys.ES256.verification))).toBe("bad_signature");
  });
});

describe("the key id", () => {
  const first = generateTestKey("HS256", "first", 1);
  const second = generateTestKey("HS256", "second", 2);
  const ring = [first.verification, second.verification];

  it("picks the key, and no other is tried", () => {
    expect(verify(mint(second, { alg: "HS256", kid: "second" }), ...ring)).toMatchObject({
      keyId: "second",
      generation: 2,
    });
    expect(verify(mint(second, { alg: "HS256", kid: "first" }), ...ring)).toMatchObject({
      reason: "bad_signature",
      detail: "tried first",
    });
    expect(reasonOf(verify(mint(second, { alg: "HS256", kid: "third" }), ...ring))).toBe("unknown_key");
    expect(reasonOf(verify(mint(second, { alg: "HS256", kid: "First" }), ...ring))).toBe("unknown_key");
  });

  it("does not loosen the pin", () => {
    const rsa = { ...keys.RS256.verification, id: "first" };
    expect(reasonOf(verify(mint(first, { alg: "HS256", kid: "first" }), rsa, second.verification))).toBe(
      "algorithm_not_allowed",
    );
    expect(reasonOf(verify(mint(first, { alg: "HS256", kid: "first" }), rsa, first.verification))).toBe("allow");
  });

  it("may be missing: then every key of the algorithm is tried, up to a bound", () => {
    expect(verify(mint(first), ...ring)).toMatchObject({ keyId: "first", generation: 1 });
    expect(verify(mint(second), ...ring)).toMatchObject({ keyId: "second", generation: 2 });
    const others = Array.from(
      { length: maxKeysTried - 1 },
      (_, index) => generateTestKey("HS256", `o${index}`).verification,
    );
    expect(reasonOf(verify(mint(first), keys.RS256.verification, ...others, first.verification))).toBe("allow");
    const early = verify(mint(first), first.verification, ...others, second.verification);
    expect(early).toMatchObject({ reason: "bad_signature", detail: "tried o0, o1, o2, o3 and 12 more" });
    const pairs = Array.from({ length: maxKeyPairsTried }, (_, index) => generateTestKey("ES256", `p${index}`));
    const pairKeys = pairs.map((pair) => pair.verification);
    expect(reasonOf(verify(mint(keys.ES256), ...pairKeys.slice(1), keys.ES256.verification))).toBe("allow");
    expect(reasonOf(verify(mint(keys.ES256), keys.ES256.verification, ...pairKeys))).toBe("bad_signature");
  });

  it("of a xiaozhi key is unknown", () => {
    const xiaozhi = { ...first.verification, scheme: "xiaozhi-hmac", algorithm: "HMAC-SHA256" } as const;
    expect(reasonOf(verify(mint(first, { alg: "HS256", kid: "first" }), xiaozhi, second.verification))).toBe(
      "unknown_key",
    );
    expect(reasonOf(verify(mint(first), xiaozhi, second.verification))).toBe("bad_signature");
  });
});
