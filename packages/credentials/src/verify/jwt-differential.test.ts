import { errors, importJWK, type JWTPayload, type JWTVerifyResult, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { type JwsAlgorithm, jwsAlgorithms, type Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { generateToken } from "../testing/generate-token.ts";
import { mutateToken } from "../testing/mutate-token.ts";
import { createSeededRandom } from "../testing/seeded-random.ts";
import { generateTestKey, type TestKey } from "../testing/sign-jws.ts";
import { createJwtScheme } from "./jwt.ts";

const terms = { issuer: "us", audience: "emqx", nowSeconds: 1_800_000_000 };
const leeway = 30;
const scheme = createJwtScheme({ issuer: terms.issuer, audience: terms.audience, leeway });

/** How many tokens are tried: 10 000 in all. Signing with RSA is slow, so there is less of it. */
const counts: Record<JwsAlgorithm, number> = {
  HS256: 3000,
  HS384: 1000,
  HS512: 1000,
  RS256: 1000,
  PS256: 1000,
  ES256: 1500,
  EdDSA: 1500,
};

/**
 * What Connack refuses and jose does not, complete: the reason, and what has to be the matter with the token. Where a
 * reason is not in this list, the two have to agree.
 */
const stricter: Partial<Record<DenyReason, (token: string, jose: JWTVerifyResult) => boolean>> = {
  malformed_token: (token, { protectedHeader: header }) => {
    const spelling = token.split(".").map((part) => Buffer.from(part, "base64url").toString("base64url"));
    const text = Buffer.from(token.split(".")[0] ?? "", "base64url").toString();
    return (
      spelling.join(".") !== token ||
      ["crit", "b64", "zip"].some((name) => Object.hasOwn(header, name)) ||
      (header.typ !== undefined && !/^(application\/)?(at\+)?jwt$/i.test(String(header.typ))) ||
      (header.kid !== undefined && (typeof header.kid !== "string" || header.kid === "")) ||
      text.split('"alg"').length > 2 ||
      text.includes("__proto__") ||
      // jose passes over a byte order mark (RFC 8259 §8.1 leaves it open).
      token.split(".").some((part) => part.startsWith("77u_")) ||
      (token.split(".")[0]?.length ?? 0) > 1024
    );
  },
  token_too_large: (token) => token.length > 4096,
  unknown_key: (_token, { protectedHeader }) => protectedHeader.kid !== "k1",
  bad_time_claim: (_token, { payload }) => [payload.exp, payload.nbf, payload.iat].some(isNoTime),
  token_issued_in_future: (_token, { payload }) => (payload.iat ?? 0) > terms.nowSeconds + leeway,
  missing_claim: (_token, { payload }) => typeof payload.sub !== "string" && !Number.isSafeInteger(payload.sub),
  bad_identity: (_token, { payload: { sub = "" } }) => sub === "" || sub.length > 256 || /[\p{Cc}\p{Cs}]/u.test(sub),
};

function isNoTime(time: unknown): boolean {
  return time !== undefined && !(Number.isSafeInteger(time) && Number(time) >= 0 && Number(time) <= 1e11);
}

function verify(token: string, key: TestKey): Verification {
  const request = { clientId: "c1", username: "u1", password: token };
  const claim = scheme.identify(request);
  const verification = scheme.verify(
    request,
    claim ?? { scheme: "jwt", identity: "", needs: "key ring" },
    { kind: "key ring", keys: [key.verification] },
    terms.nowSeconds,
  ) as Verification;
  if (verification.ok && claim === undefined) throw new Error("allowed, but not seen as a token");
  return verification;
}

async function askJose(token: string, key: Parameters<typeof jwtVerify>[1], algorithm: JwsAlgorithm) {
  try {
    return await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: terms.issuer,
      audience: terms.audience,
      clockTolerance: leeway,
      currentDate: new Date(terms.nowSeconds * 1000),
      requiredClaims: ["exp"],
    });
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** jose leaves `__proto__` in the claims as a member of its own. */
function withoutPrototypes(payload: JWTPayload): unknown {
  return JSON.parse(JSON.stringify(payload), (name, value) => (name === "__proto__" ? undefined : value));
}

describe("against jose", () => {
  const tally = { both: 0, neither: 0, stricter: new Map<DenyReason, number>() };

  it.each(jwsAlgorithms)("%s: never laxer, and stricter only for reasons that are listed", async (algorithm) => {
    const random = createSeededRandom(jwsAlgorithms.indexOf(algorithm) + 1);
    const key = generateTestKey(algorithm);
    const joseKey = await importJWK(key.verification.key.export({ format: "jwk" }), algorithm);
    let last = generateToken(random, key, terms);
    for (let index = 0; index < counts[algorithm]; index++) {
      const fresh = random.once(2) ? generateToken(random, key, terms) : last;
      const token = random.once(3) ? mutateToken(random, fresh, last) : fresh;
      last = fresh;
      const ours = verify(token, key);
      const jose = await askJose(token, joseKey, algorithm);
      const where = `${algorithm} ${index}: ${token}`;
      if (ours.ok) {
        expect(jose, where).toBeDefined();
        expect(ours.claims, where).toEqual(withoutPrototypes(jose?.payload ?? {}));
        expect(ours.identity.id, where).toBe(String(jose?.payload.sub));
        tally.both++;
      } else if (jose === undefined) {
        tally.neither++;
      } else {
        expect(stricter[ours.reason]?.(token, jose), `${ours.reason}, ${ours.detail}: ${where}`).toBe(true);
        tally.stricter.set(ours.reason, (tally.stricter.get(ours.reason) ?? 0) + 1);
      }
    }
  });

  it("has met allowed and refused tokens, and every reason in the list", () => {
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(10_000);
    expect(tally.both).toBeGreaterThan(1500);
    expect(tally.neither).toBeGreaterThan(3000);
    expect([...tally.stricter.keys()].sort()).toEqual(Object.keys(stricter).sort());
  });
});
