import { describe, expect, it } from "vitest";
import type { ConnectRequest } from "../connect-request.ts";
import type { KeyMaterial, Verification, VerificationKey } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { encode, generateTestKey, signJws } from "../testing/sign-jws.ts";
import { createJwtScheme } from "./jwt.ts";
import type { JwtSchemeOptions } from "./jwt-options.ts";

const now = 1_760_775_881;
const key = generateTestKey("HS256");
const claims = { sub: "dev-1", exp: now + 3600, iat: now };

function ring(...keys: VerificationKey[]): KeyMaterial {
  return { kind: "key ring", keys };
}

function request(password: string, more: Partial<ConnectRequest> = {}): ConnectRequest {
  return { clientId: "c1", username: "u1", password, ...more };
}

function verify(token: string, options: JwtSchemeOptions = {}, material = ring(key.verification)): Verification {
  const scheme = createJwtScheme(options);
  const claim = { scheme: "jwt", identity: "", needs: "key ring" } as const;
  return scheme.verify(request(token), claim, material, now) as Verification;
}

function mint(payload: unknown, header: unknown = { alg: "HS256", typ: "JWT" }): string {
  return signJws(header, payload, "HS256", key.signing);
}

describe("identify", () => {
  const scheme = createJwtScheme({});

  it("sees the shape and nothing more", () => {
    expect(scheme.identify(request(mint(claims)))).toEqual({ scheme: "jwt", identity: "", needs: "key ring" });
    expect(scheme.identify(request("hunter2"))).toBeUndefined();
    expect(scheme.identify(request("", { username: mint(claims) }))).toBeUndefined();
  });

  it("reads the key id, if the header can be read", () => {
    const token = mint(claims, { alg: "HS256", kid: "k9" });
    expect(scheme.identify(request(token))).toMatchObject({ keyId: "k9" });
    expect(scheme.identify(request(`${token.split(".")[0]}.`))).toMatchObject({ keyId: "k9" });
    const unreadable = [{ alg: "HS256", kid: "k".repeat(129) }, { alg: "HS256", kid: 5 }, '{"alg":"HS256","kid":'];
    for (const header of unreadable) {
      expect(scheme.identify(request(`${encode(header)}.e30.x`))).toEqual({
        scheme: "jwt",
        identity: "",
        needs: "key ring",
      });
    }
  });

  it("does not read the header of a token that is too large", () => {
    const token = `${mint(claims, { alg: "HS256", kid: "k9" })}${"A".repeat(4096)}`;
    expect(scheme.identify(request(token))).toEqual({ scheme: "jwt", identity: "", needs: "key ring" });
  });
});

describe("verify", () => {
  it("allows a token and says whom, by which key, until when", () => {
    expect(verify(mint(claims))).toEqual({
      ok: true,
      identity: { scheme: "jwt", id: "dev-1" },
      keyId: "k1",
      generation: 1,
      expiresAt: now + 3630,
      claims,
      attributes: {},
    });
  });

  it("names no end for a token without exp, where that is allowed", () => {
    const verification = verify(mint({ sub: "dev-1" }), { requireExpiry: false });
    expect(verification.ok).toBe(true);
    expect(verification).not.toHaveProperty("expiresAt");
  });

  const refusals: [reason: DenyReason, token: string, options?: JwtSchemeOptions, material?: KeyMaterial][] = [
    ["malformed_token", ""],
    ["malformed_token", mint(claims).slice(0, -10)],
    ["malformed_token", mint(claims).slice(0, -12)],
    ["malformed_token", mint(claims).replace(/[^.]+$/, "")],
    ["malformed_token", mint("[]")],
    ["malformed_token", mint("not JSON")],
    ["malformed_token", mint(Buffer.from('{"sub":"\xff"}', "latin1"))],
    ["malformed_token", mint(claims, { alg: "HS256", crit: ["x"], x: 1 })],
    ["token_too_large", mint({ ...claims, padding: "x".repeat(4000) })],
    ["algorithm_none", `${encode({ alg: "none" })}.${encode(claims)}.`],
    ["algorithm_none", `${encode({ alg: "nOnE" })}.${encode(claims)}.`, {}, ring()],
    ["no_key", mint(claims), {}, ring()],
    ["no_key", mint(claims), {}, { kind: "nothing" }],
    ["no_key", mint(claims), {}, ring({ ...key.verification, scheme: "xiaozhi-hmac", algorithm: "HMAC-SHA256" })],
    ["no_key", mint(claims), {}, ring({ ...key.verification, scheme: "xiaozhi-hmac" })],
    ["unknown_key", mint(claims, { alg: "HS256", kid: "k2" })],
    ["algorithm_not_allowed", mint(claims, { alg: "HS512" })],
    ["algorithm_not_allowed", mint(claims, { alg: "HS1" })],
    ["algorithm_not_allowed", mint(claims, { alg: "hs256" })],
    ["bad_signature", mint(claims), {}, ring(generateTestKey("HS256").verification)],
    ["expiry_missing", mint({ sub: "dev-1" })],
    ["token_expired", mint({ ...claims, exp: now - 30 })],
    ["token_not_yet_valid", mint({ ...claims, nbf: now + 31 })],
    ["token_issued_in_future", mint({ ...claims, iat: now + 31 })],
    ["lifetime_too_long", mint(claims), { maxLifetime: 3599 }],
    ["bad_time_claim", mint({ ...claims, exp: String(now + 3600) })],
    ["wrong_issuer", mint(claims), { issuer: "us" }],
    ["wrong_audience", mint(claims), { audience: "emqx" }],
    ["missing_claim", mint(claims), { requiredClaims: { role: "device" } }],
    ["missing_claim", mint({ exp: now + 60 })],
    ["binding_mismatch", mint(claims), { bindTo: { username: `\${claims.sub}` } }],
    ["bad_identity", mint({ ...claims, sub: "" })],
  ];

  it.each(refusals)("refuses with %s (%#)", (reason, token, options, material) => {
    expect(verify(token, options, material)).toMatchObject({ ok: false, reason });
  });

  it("covers every reason of tokens and keys", () => {
    const reached = new Set(refusals.map(([reason]) => reason));
    expect([...reached].sort()).toMatchInlineSnapshot(`
      [
        "algorithm_none",
        "algorithm_not_allowed",
        "bad_identity",
        "bad_signature",
        "bad_time_claim",
        "binding_mismatch",
        "expiry_missing",
        "lifetime_too_long",
        "malformed_token",
        "missing_claim",
        "no_key",
        "token_expired",
        "token_issued_in_future",
        "token_not_yet_valid",
        "token_too_large",
        "unknown_key",
        "wrong_audience",
        "wrong_issuer",
      ]
    `);
  });

  it("tells nothing of a token whose signature is not good", () => {
    const verification = verify(`${mint({ ...claims, exp: 1 }).slice(0, -4)}AAAA`);
    expect(verification).toEqual({ ok: false, reason: "bad_signature", detail: "tried k1", hints: [] });
  });

  it("tells identity, claims and hints of a token whose claims alone are refused", () => {
    const old = { ...claims, iat: now - 4000, exp: now - 192 };
    expect(verify(mint(old))).toEqual({
      ok: false,
      reason: "token_expired",
      detail: "exp is 3 min 12 s ago (leeway 30 s)",
      hints: [{ code: "expired_ago", text: "The token expired 3 min 12 s ago." }],
      identity: { scheme: "jwt", id: "dev-1" },
      claims: old,
    });
    expect(verify(mint({ exp: 1 }))).not.toHaveProperty("identity");
  });

  it.each([
    [
      "a slip of the time zone",
      { ...claims, iat: now + 28_800, exp: now + 32_400 },
      "token_issued_in_future",
      "clock_time_zone",
    ],
    ["milliseconds", { ...claims, exp: (now + 3600) * 1000 }, "bad_time_claim", "clock_milliseconds"],
    ["a clock that was never set", { ...claims, iat: 7, nbf: now + 99 }, "token_not_yet_valid", "clock_never_set"],
  ])("hints at %s", (_what, payload, reason, code) => {
    expect(verify(mint(payload))).toMatchObject({ ok: false, reason, hints: [{ code }] });
    const forged = signJws({ alg: "HS256" }, payload, "HS256", generateTestKey("HS256").signing);
    expect(verify(forged)).toMatchObject({ ok: false, reason: "bad_signature", hints: [] });
  });

  it.each([
    ["the longest", "x".repeat(256), "allow"],
    ["one character more", "x".repeat(257), "bad_identity"],
    ["Unicode", "Gerät 7 \u{1f4a1}", "allow"],
    ["a control character", "dev\u0000", "bad_identity"],
    ["a line break", "dev\n1", "bad_identity"],
    ["a C1 control character", "dev\u0085", "bad_identity"],
    ["half of a surrogate pair", "dev\ud800", "bad_identity"],
    ["a whole number", 5, "allow"],
    ["true", true, "missing_claim"],
    ["null", null, "missing_claim"],
    ["a list", ["dev-1"], "missing_claim"],
  ])("takes %s as sub or not", (_what, sub, expected) => {
    const verification = verify(mint({ ...claims, sub }));
    expect(verification.ok ? "allow" : verification.reason).toBe(expected);
    if (verification.ok) expect(verification.identity.id).toBe(String(sub));
  });

  it("makes the identity as configured", () => {
    const token = mint({ ...claims, mac_address: "02:00:00:8E:A4:0C" });
    expect(verify(token, { identity: `esp-\${claims.mac_address|hex|lower}` })).toMatchObject({
      identity: { id: "esp-0200008ea40c" },
    });
  });

  it("gives prototypes no chance", () => {
    expect(verify(mint('{"__proto__":{"sub":"admin","exp":9999999999}}'))).toMatchObject({ reason: "expiry_missing" });
    const token = mint(`{"__proto__":{"sub":"admin"},"exp":${now + 60}}`);
    expect(verify(token)).toMatchObject({ ok: false, reason: "missing_claim", claims: { exp: now + 60 } });
    const inherited = verify(mint(claims), { requiredClaims: { toString: "x" } });
    expect(inherited).toMatchObject({ reason: "missing_claim" });
  });

  it("denies with internal_error, and no words of the error, if anything breaks", () => {
    const broken = new Proxy(key.verification, {
      get(target, name) {
        if (name === "key") throw new RangeError("secret words");
        return Reflect.get(target, name);
      },
    });
    const detail = "RangeError while a token was checked";
    expect(verify(mint(claims), {}, ring(broken))).toEqual({ ok: false, reason: "internal_error", detail, hints: [] });
  });
});
