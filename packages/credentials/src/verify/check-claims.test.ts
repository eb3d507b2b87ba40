import { describe, expect, it } from "vitest";
import type { DenyReason } from "../deny-reason.ts";
import { checkClaims } from "./check-claims.ts";
import { type JwtSchemeOptions, prepareJwtPolicy } from "./jwt-options.ts";

const now = 1_800_000_000;
const good = { sub: "dev-1", exp: now + 60 };
const request = { clientId: "c1", username: "u1", password: "" };

function check(claims: Record<string, unknown>, options: JwtSchemeOptions = {}, at = now): DenyReason | "good" {
  return checkClaims(prepareJwtPolicy(options), claims, request, at)?.reason ?? "good";
}

describe("the order of the checks", () => {
  it("is exp, nbf, iat, lifetime, issuer, audience, required claims, binding", () => {
    const options = {
      maxLifetime: 600,
      issuer: "us",
      audience: "emqx",
      requiredClaims: { role: "device" },
      bindTo: { username: `\${claims.sub}`, clientId: `\${claims.cid}` },
    };
    const claims: Record<string, unknown> = {
      exp: "x",
      nbf: "x",
      iat: "x",
      iss: 1,
      aud: 1,
      role: 1,
      sub: "x",
      cid: "x",
    };
    // Each repair uncovers the next refusal.
    const repairs: [name: string, value: unknown, reason: DenyReason | "good"][] = [
      ["exp", undefined, "bad_time_claim"],
      ["exp", now - 30, "token_expired"],
      ["exp", now + 5000, "bad_time_claim"],
      ["nbf", now + 31, "token_not_yet_valid"],
      ["nbf", now, "bad_time_claim"],
      ["iat", now + 31, "token_issued_in_future"],
      ["iat", now, "lifetime_too_long"],
      ["exp", now + 600, "wrong_issuer"],
      ["iss", "us", "wrong_audience"],
      ["aud", "emqx", "missing_claim"],
      ["role", "device", "binding_mismatch"],
      ["sub", "u1", "binding_mismatch"],
      ["cid", "c1", "good"],
    ];
    for (const [name, value, reason] of repairs) {
      claims[name] = value;
      expect(check(claims, options), `${name} = ${value}`).toBe(reason);
    }
  });
});

describe("exp", () => {
  it("is required unless the operator says otherwise", () => {
    expect(check({})).toBe("expiry_missing");
    expect(check({}, { requireExpiry: false })).toBe("good");
    expect(check({ exp: now - 31 }, { requireExpiry: false })).toBe("token_expired");
    expect(check({ exp: null }, { requireExpiry: false })).toBe("bad_time_claim");
  });

  it("ends the token when now reaches exp and the leeway, 30 s by default", () => {
    expect(check({ exp: now - 29 })).toBe("good");
    expect(check({ exp: now - 30 })).toBe("token_expired");
    expect(check({ exp: now + 1 }, { leeway: 0 })).toBe("good");
    expect(check({ exp: now }, { leeway: 0 })).toBe("token_expired");
    expect(check({ exp: now - 599 }, { leeway: 600 })).toBe("good");
    expect(check({ exp: now - 600 }, { leeway: 600 })).toBe("token_expired");
    expect(check({ exp: 0 })).toBe("token_expired");
  });
});

describe("nbf and iat", () => {
  it("may be ahead by the leeway", () => {
    expect(check({ ...good, nbf: now + 30 })).toBe("good");
    expect(check({ ...good, nbf: now + 31 })).toBe("token_not_yet_valid");
    expect(check({ ...good, nbf: now + 1 }, { leeway: 0 })).toBe("token_not_yet_valid");
    expect(check({ ...good, iat: now + 30 })).toBe("good");
    expect(check({ ...good, iat: now + 31 })).toBe("token_issued_in_future");
    expect(check({ ...good, iat: now + 8 * 3600 }, { refuseFutureIat: false })).toBe("good");
  });
});

describe("times", () => {
  const noTimes = [
    1.5,
    -1,
    now + 0.5,
    "1",
    String(now + 60),
    "",
    true,
    null,
    [now + 60],
    {},
    2 ** 53,
    1e300,
    Infinity,
    NaN,
  ];
  const milliseconds = [1e11 + 1, (now + 3600) * 1000];

  it.each(["exp", "nbf", "iat"])("have to be whole seconds: %s", (name) => {
    for (const time of [...noTimes, ...milliseconds]) {
      expect(check({ ...good, [name]: time }, { refuseFutureIat: false }), String(time)).toBe("bad_time_claim");
    }
  });

  it("may be as far as the year 5138", () => {
    expect(check({ exp: 1e11 })).toBe("good");
  });

  it("count when they are the token's own", () => {
    expect(check(Object.create({ exp: now + 60 }))).toBe("expiry_missing");
  });
});

describe("maxLifetime", () => {
  it("limits exp - iat, and needs both", () => {
    const options = { maxLifetime: 60, requireExpiry: false };
    expect(check({ iat: now, exp: now + 60 }, options)).toBe("good");
    expect(check({ iat: now, exp: now + 61 }, options)).toBe("lifetime_too_long");
    expect(check({ iat: now - 3600, exp: now + 1 }, options)).toBe("lifetime_too_long");
    expect(check({ exp: now + 1 }, options)).toBe("missing_claim");
    expect(check({ iat: now }, options)).toBe("lifetime_too_long");
  });
});

describe("issuer and audience", () => {
  it.each<[unknown, string | string[], boolean]>([
    ["us", "us", true],
    ["us", ["them", "us"], true],
    ["US", "us", false],
    ["us ", "us", false],
    [undefined, "us", false],
    [["us"], "us", false],
    [null, "us", false],
    ["", "us", false],
  ])("iss %j, wanted %j", (iss, issuer, accepted) => {
    expect(check({ ...good, iss }, { issuer })).toBe(accepted ? "good" : "wrong_issuer");
  });

  it.each<[unknown, string | string[], boolean]>([
    ["emqx", "emqx", true],
    [["other", "emqx"], "emqx", true],
    ["emqx", ["other", "emqx"], true],
    [["a", "b"], ["b", "c"], true],
    [["emqx", 5], "emqx", true],
    [[], "emqx", false],
    [["a"], "emqx", false],
    [[["emqx"]], "emqx", false],
    [{ 0: "emqx" }, "emqx", false],
    [undefined, "emqx", false],
    ["emqx2", "emqx", false],
    ["e,emqx", "emqx", false],
  ])("aud %j, wanted %j", (aud, audience, accepted) => {
    expect(check({ ...good, aud }, { audience })).toBe(accepted ? "good" : "wrong_audience");
  });
});

describe("required claims", () => {
  it("are there with this value and type", () => {
    const options = { requiredClaims: { role: "device", floor: 5, test: false } };
    expect(check({ ...good, role: "device", floor: 5, test: false }, options)).toBe("good");
    expect(check({ ...good, role: "device", floor: "5", test: false }, options)).toBe("missing_claim");
    expect(check({ ...good, role: "device", floor: 5, test: 0 }, options)).toBe("missing_claim");
    expect(check({ ...good, role: ["device"], floor: 5, test: false }, options)).toBe("missing_claim");
    expect(check({ ...good, floor: 5, test: false }, options)).toBe("missing_claim");
  });
});

describe("the binding", () => {
  const bind = (claims: Record<string, unknown>, bindTo: JwtSchemeOptions["bindTo"]) =>
    check({ ...good, ...claims }, { bindTo });

  it("compares the rendered template with the CONNECT", () => {
    expect(bind({ u: "u1" }, { username: `\${claims.u}` })).toBe("good");
    expect(bind({ u: "U1" }, { username: `\${claims.u}` })).toBe("binding_mismatch");
    expect(bind({ u: "U1" }, { username: `\${claims.u|lower}` })).toBe("good");
    expect(bind({ c: "c1" }, { clientId: `\${claims.c}` })).toBe("good");
    expect(bind({ c: "c2" }, { clientId: `\${claims.c}` })).toBe("binding_mismatch");
    expect(bind({ u: "1" }, { username: `u\${claims.u}`, clientId: `c\${claims.u}` })).toBe("good");
    expect(bind({ n: "c" }, { clientId: `\${claims.n}1`, username: `\${clientId}\${claims.n}` })).toBe(
      "binding_mismatch",
    );
  });

  it("refuses a token without the claim, or with nothing left of it", () => {
    expect(bind({}, { username: `\${claims.u}` })).toBe("missing_claim");
    expect(bind({ u: true }, { username: `\${claims.u}` })).toBe("missing_claim");
    const anonymous = { ...request, username: "" };
    const policy = prepareJwtPolicy({ bindTo: { username: `\${claims.mac|hex}` } });
    expect(checkClaims(policy, { ...good, mac: "zz" }, anonymous, now)?.reason).toBe("binding_mismatch");
  });
});

describe("options", () => {
  it.each<[string, JwtSchemeOptions]>([
    ["leeway", { leeway: -1 }],
    ["leeway", { leeway: 0.5 }],
    ["leeway", { leeway: Number.NaN }],
    ["maxLifetime", { maxLifetime: Infinity }],
    ["issuer", { issuer: "" }],
    ["issuer", { issuer: [] }],
    ["audience", { audience: ["emqx", ""] }],
    ["identity", { identity: "constant" }],
    ["identity", { identity: "" }],
    ["identity", { identity: `\${username}` }],
    ["identity", { identity: `\${claims.sub}\${clientId}` }],
    ["identity", { identity: `\${claims.sub` }],
    ["bindTo.username", { bindTo: { username: `\${username}` } }],
    ["bindTo.username", { bindTo: { username: `\${clientId}` } }],
    ["bindTo.clientId", { bindTo: { clientId: "same-for-all" } }],
    ["bindTo.clientId", { bindTo: { clientId: `\${claims.sub|nope}` } }],
  ])("refuses a %s that cannot be meant (%#)", (name, options) => {
    expect(() => prepareJwtPolicy(options)).toThrow(new RegExp(`^${name}\\b`));
    expect(() => prepareJwtPolicy(options)).toThrow(TypeError);
  });
});

describe("details", () => {
  it("show values of the token short and without control characters", () => {
    const policy = prepareJwtPolicy({ issuer: "us" });
    const claims = { ...good, iss: `\u0007\u202e\n${"\u{1f4a1}".repeat(100)}` };
    const { detail } = checkClaims(policy, claims, request, now) ?? { detail: "" };
    expect(detail).toMatch(/^iss is "\\u0007\?\\n/);
    expect(detail).toMatch(/…, wanted is "us"$/);
    expect(detail.length).toBeLessThan(120);
    expect(detail).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  });
});
