import { createSecretKey, randomBytes } from "node:crypto";
import { importJWK, type CryptoKey as JoseKey, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { jwsAlgorithms, type VerificationKey } from "../credential-scheme.ts";
import { generateTestKey } from "../testing/sign-jws.ts";
import { createJwtScheme } from "../verify/jwt.ts";
import { type MintJwtOptions, mintJwt, type SigningJwk } from "./jwt.ts";

const now = 1_800_000_000;
const claims = { sub: "Gerät-1", exp: now + 60, iat: now };

function verify(token: string, key: VerificationKey) {
  const request = { clientId: "c1", username: "u1", password: token };
  const claim = { scheme: "jwt", identity: "", needs: "key ring" } as const;
  return createJwtScheme({}).verify(request, claim, { kind: "key ring", keys: [key] }, now);
}

const headerOf = (token: string) => Buffer.from(token.split(".")[0] ?? "", "base64url").toString();

describe("mintJwt", () => {
  it.each(jwsAlgorithms)("%s: makes tokens that Connack and jose verify", async (algorithm) => {
    const { signing, verification } = generateTestKey(algorithm);
    const jwk = signing.export({ format: "jwk" }) as SigningJwk;
    const joseKey = (await importJWK(verification.key.export({ format: "jwk" }), algorithm)) as JoseKey | Uint8Array;
    const keys: MintJwtOptions["key"][] = [jwk, { ...jwk, alg: algorithm, use: "sig", key_ops: ["sign"], kid: "x" }];
    if (signing.type === "secret") keys.push(new Uint8Array(signing.export()), signing.export());
    else keys.push((await importJWK(jwk, algorithm)) as JoseKey);
    for (const key of keys) {
      const token = await mintJwt({ claims, algorithm, key });
      expect(verify(token, verification)).toMatchObject({ ok: true, identity: { id: "Gerät-1" }, claims });
      const joses = await jwtVerify(token, joseKey, { algorithms: [algorithm], currentDate: new Date(now * 1000) });
      expect(joses.payload).toEqual(claims);
    }
  });

  it("writes alg, typ and kid in this order", async () => {
    const key = randomBytes(32);
    expect(headerOf(await mintJwt({ claims, algorithm: "HS256", key }))).toBe('{"alg":"HS256","typ":"JWT"}');
    const named = await mintJwt({ claims, algorithm: "HS256", key, kid: "k1" });
    expect(headerOf(named)).toBe('{"alg":"HS256","typ":"JWT","kid":"k1"}');
    const verification = {
      id: "k1",
      scheme: "jwt",
      algorithm: "HS256",
      key: createSecretKey(key),
      generation: 1,
    } as const;
    expect(verify(named, verification)).toMatchObject({ ok: true, keyId: "k1" });
  });

  it.each(["exp", "nbf", "iat"])("refuses a %s that is not whole seconds", async (name) => {
    for (const time of [1.5, -1, "1", null, Number.NaN, now * 1000]) {
      const minting = mintJwt({ claims: { ...claims, [name]: time }, algorithm: "HS256", key: randomBytes(32) });
      await expect(minting).rejects.toThrow(
        new RangeError(`${name} has to be whole seconds since 1970, not milliseconds`),
      );
    }
  });

  it.each(["", "k".repeat(129), "k\n", "schlüssel"])("refuses the kid %j", async (kid) => {
    const minting = mintJwt({ claims, algorithm: "HS256", key: randomBytes(32), kid });
    await expect(minting).rejects.toThrow(/^kid has to be/);
  });

  it("refuses keys that do not fit the algorithm", async () => {
    const { subtle } = crypto;
    const hmac = (hash: string, usages: ("sign" | "verify")[]) =>
      subtle.importKey("raw", randomBytes(32), { name: "HMAC", hash }, false, usages);
    const mint = (algorithm: MintJwtOptions["algorithm"], key: MintJwtOptions["key"]) =>
      mintJwt({ claims, algorithm, key });
    await expect(mint("HS256", await hmac("SHA-512", ["sign"]))).rejects.toThrow("The key is not for HS256");
    await expect(mint("HS256", await hmac("SHA-256", ["verify"]))).rejects.toThrow("The key may not sign");
    await expect(mint("RS256", randomBytes(32))).rejects.toThrow("RS256 needs a private key, not a secret");
    const rsa = generateTestKey("RS256").signing.export({ format: "jwk" }) as SigningJwk;
    await expect(mint("PS256", (await importJWK(rsa, "RS256")) as JoseKey)).rejects.toThrow("The key is not for PS256");
    await expect(mint("ES256", rsa)).rejects.toThrow();
    await expect(mint("HS256", new Uint8Array())).rejects.toThrow();
    const p384 = await subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, ["sign", "verify"]);
    await expect(mint("ES256", p384.privateKey)).rejects.toThrow("The key is not for ES256");
  });
});
