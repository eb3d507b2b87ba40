import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import type { ConnectRequest } from "../connect-request.ts";
import type { KeyMaterial, Verification } from "../credential-scheme.ts";
import { denyReasons } from "../deny-reason.ts";
import { hostileTexts } from "../testing/hostile-texts.ts";
import { createXiaozhiUnsignedScheme } from "./xiaozhi-unsigned.ts";

// This scheme proves nothing, so `verifyScheme()`, which alters proofs, says nothing about it.
const scheme = createXiaozhiUnsignedScheme();
const nothing: KeyMaterial = { kind: "nothing" };

/** What becomes of a CONNECT; `undefined` when it is another scheme's. */
function check(request: Partial<ConnectRequest>): Verification | undefined {
  const whole = Object.freeze({ clientId: "g@@@aa_bb_cc_dd_ee_0f", username: "", password: "", ...request });
  const claim = scheme.identify(whole);
  return claim && (scheme.verify(whole, Object.freeze(claim), nothing, 0) as Verification);
}

describe("what it accepts, as xiaozhi's gateway does", () => {
  it("a client id of two parts, and makes no more of it than the MAC", () => {
    expect(check({})).toEqual({
      ok: true,
      identity: { scheme: "xiaozhi-unsigned", id: "aa:bb:cc:dd:ee:0f" },
      claims: {},
      attributes: { mac: "aa_bb_cc_dd_ee_0f" },
    });
  });

  it("the MAC with colons too: the reply topic keeps them", () => {
    expect(check({ clientId: "GID_test@@@aa:bb:cc:dd:ee:0f" })).toMatchObject({
      ok: true,
      identity: { id: "aa:bb:cc:dd:ee:0f" },
      attributes: { mac: "aa:bb:cc:dd:ee:0f" },
    });
  });

  it.each([
    ["", ""],
    ["eyJpcCI6IjEwLjAuMC4xIn0=", ""],
    ["", "left over"],
    ["any", randomBytes(32).toString("base64")],
  ])("whatever user name and password are: %j, %j", (username, password) => {
    expect(check({ username, password })).toEqual(check({}));
  });

  it("nothing of its own needs loading, and the MAC is only a claim", () => {
    const claim = scheme.identify({ clientId: "g@@@aa_bb_cc_dd_ee_0f", username: "", password: "" });
    expect(claim).toEqual({ scheme: "xiaozhi-unsigned", identity: "aa:bb:cc:dd:ee:0f", needs: "nothing" });
  });
});

describe("what is another scheme's", () => {
  it.each([
    "g@@@aa_bb_cc_dd_ee_0f@@@x",
    "g@@@aa_bb_cc_dd_ee_0f@@@",
    "@@@aa_bb_cc_dd_ee_0f@@@x",
    "g@@@aa_bb_cc_dd_ee_0f@@@x@@@y",
    "aa_bb_cc_dd_ee_0f",
    "g@@aa_bb_cc_dd_ee_0f",
    "",
  ])("the client id %j", (clientId) => expect(check({ clientId })).toBeUndefined());

  it.each(["e30.e30.e30", "eyJhbGciOiJub25lIn0.e30.", "."])("a JWT, or what may be one, as password: %s", (password) =>
    expect(check({ password })).toBeUndefined(),
  );
});

describe("what it refuses", () => {
  it.each([
    ["g@@@not-a-mac", "not a MAC"],
    ["g@@@mqtt_gateway", "not a MAC"],
    ["g@@@AA_BB_CC_DD_EE_0F", "lower case"],
    ["g@@@aa-bb-cc-dd-ee-0f", "with _ or :"],
    ["g@@@aabbccddee0f", "not a MAC"],
    ["g@@@aa_bb_cc_dd_ee_0f_11", "not a MAC"],
    ["g@@@@aa_bb_cc_dd_ee_0f", "not a MAC"],
    ["g@@@ aa_bb_cc_dd_ee_0f", "not a MAC"],
    ["g@@@", "second part is empty"],
    ["@@@", "second part is empty"],
    ["@@@aa_bb_cc_dd_ee_0f", "group is empty"],
  ])("the client id %j", (clientId, detail) => {
    expect(check({ clientId })).toEqual({
      ok: false,
      reason: "bad_client_id",
      detail: expect.stringContaining(detail),
      hints: [],
    });
  });

  it.each(["+", "#", "/", "|", "\u0000", "\n", "\u007f", "\u0085", "\ud800"])("%j in either part", (character) => {
    for (const clientId of [
      `g${character}@@@aa_bb_cc_dd_ee_0f`,
      `g@@@${character}`,
      `g@@@aa_bb_cc_dd_ee_0f${character}`,
    ]) {
      expect(check({ clientId })).toMatchObject({
        reason: "bad_client_id",
        detail: expect.stringContaining("topic character"),
      });
    }
  });

  it("a claim or material that is not the request's", () => {
    const request = { clientId: "g@@@aa_bb_cc_dd_ee_0f", username: "", password: "" };
    const claim = { scheme: "xiaozhi-unsigned" as const, identity: "aa:bb:cc:dd:ee:0f", needs: "nothing" as const };
    expect(scheme.verify(request, claim, nothing, 0)).toMatchObject({ ok: true });
    for (const verification of [
      scheme.verify(request, { ...claim, identity: "aa:bb:cc:dd:ee:00" }, nothing, 0),
      scheme.verify({ ...request, clientId: "g@@@aa_bb_cc_dd_ee_0f@@@x" }, claim, nothing, 0),
      scheme.verify({ ...request, password: "a.b.c" }, claim, nothing, 0),
      scheme.verify(request, claim, { kind: "key ring", keys: [] }, 0),
    ]) {
      expect(verification).toMatchObject({ ok: false, reason: "internal_error" });
    }
  });
});

describe("vectors", () => {
  const twoParts = vectors.credentials.filter((vector) => vector.client_id.split("@@@").length === 2);
  it("has vectors of two parts", () =>
    expect(twoParts.map(({ id }) => id)).toEqual(expect.arrayContaining(["V37", "V38"])));

  it.each(vectors.credentials.map((vector) => [vector.id, vector.title, vector] as const))(
    "%s %s",
    (_id, _title, vector) => {
      const request = { clientId: vector.client_id, username: vector.username, password: vector.password };
      if (!twoParts.includes(vector)) return expect(check(request)).toBeUndefined();
      const gateway = (vector.observed as Record<string, string> | undefined)?.node_gateway_93f026a;
      return expect(check(request)?.ok).toBe(gateway?.startsWith("allow"));
    },
  );
});

it("never throws, and lets in nobody who names no MAC in two parts", () => {
  const form = /^[^+#/|@]+@@@[0-9a-f]{2}(?:[_:][0-9a-f]{2}){5}$/;
  for (const text of hostileTexts) {
    for (const clientId of [text, `${text}@@@aa_bb_cc_dd_ee_0f`, `g@@@${text}`, `g@@@aa_bb_cc_dd_ee_0f${text}`]) {
      for (const other of ["", text]) {
        const result = check({ clientId, username: other, password: other });
        if (result?.ok) expect(clientId).toMatch(form);
        else if (result) {
          expect(Object.hasOwn(denyReasons, result.reason)).toBe(true);
          expect(result.detail).toMatch(/^\P{Cc}{1,200}$/u);
        }
      }
    }
  }
});
