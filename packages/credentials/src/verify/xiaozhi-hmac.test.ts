import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import vectors from "../../../../vectors/xiaozhi-hmac.json" with { type: "json" };
import type { Verification, VerificationKey } from "../credential-scheme.ts";
import { mintXiaozhiHmac } from "../mint/xiaozhi-hmac.ts";
import { verifyScheme } from "../testing/verify-scheme.ts";
import { createXiaozhiHmacScheme } from "./xiaozhi-hmac.ts";

const key = randomBytes(32).toString("hex");

function ring(secret: string): readonly VerificationKey[] {
  return [
    {
      id: "k1",
      scheme: "xiaozhi-hmac",
      algorithm: "HMAC-SHA256",
      key: createSecretKey(Buffer.from(secret)),
      generation: 1,
    },
  ];
}

function check(
  triple: { clientId: string; username: string; password: string },
  secret: string,
  options: Parameters<typeof createXiaozhiHmacScheme>[0] = {},
): Verification {
  const scheme = createXiaozhiHmacScheme(options);
  const claim = scheme.identify(triple);
  if (!claim) throw new Error("not identified");
  return scheme.verify(triple, claim, { kind: "key ring", keys: ring(secret) }, 0) as Verification;
}

function sign(clientId: string, username: string): string {
  return createHmac("sha256", key).update(`${clientId}|${username}`).digest("base64");
}

const username = Buffer.from(JSON.stringify({ ip: "unknown" })).toString("base64");

describe("vectors", () => {
  const decided = vectors.credentials.filter((vector) => vector.expect !== "refuse-to-start");
  it.each(decided.map((vector) => [vector.id, vector.title, vector] as const))("%s %s", (_id, _title, vector) => {
    const result = check(
      { clientId: vector.client_id, username: vector.username, password: vector.password },
      vector.server_key as string,
    );
    expect(result.ok ? "allow" : "deny").toBe(vector.expect === "allow" ? "allow" : "deny");
    const reason = /^(bad_signature|bad_username|bad_client_id|missing_credentials)/.exec(vector.reason)?.[1];
    if (!result.ok && reason) expect(result.reason).toBe(reason);
  });
});

/** Which vectors a switch lets in; the contract names more than the file has. */
const letIn = {
  acceptLooseUsername: ["V23", "V24", "V25", "V26", "V27", "V28", "V29", "V30", "V48"],
  acceptAnyDeviceId: ["V12", "V43"],
  acceptEmptyParts: ["V41", "V42"],
} as const;

describe.each(Object.entries(letIn))("vectors with %s", (name, ids: readonly string[]) => {
  const signed = vectors.credentials.filter((vector) => vector.expect !== "refuse-to-start");
  it("has vectors to change", () => expect(signed.some(({ id }) => ids.includes(id))).toBe(true));

  it.each(signed.map((vector) => [vector.id, vector.title, vector] as const))("%s %s", (id, _title, vector) => {
    const triple = { clientId: vector.client_id, username: vector.username, password: vector.password };
    const allowed = [false, true].map((on) => check(triple, vector.server_key as string, { [name]: on }).ok);
    expect(allowed).toEqual([vector.expect === "allow", vector.expect === "allow" || ids.includes(id)]);
  });
});

describe("identity", () => {
  it.each(["aa_bb_cc_dd_ee_0f", "AA_BB_CC_DD_EE_0F", "aa-bb-cc-dd-ee-0f"])("reads the MAC form %s", (mac) => {
    const clientId = `any group@@@${mac}@@@x`;
    const result = check({ clientId, username, password: sign(clientId, username) }, key);
    expect(result).toMatchObject({ ok: true, identity: { id: "aa:bb:cc:dd:ee:0f", group: "any group" }, keyId: "k1" });
    expect(result.ok && result.attributes.mac).toBe(mac);
  });

  it("keeps the signature case-sensitive", () => {
    const clientId = "g@@@aa_bb_cc_dd_ee_0f@@@x";
    const other = "g@@@AA_BB_CC_DD_EE_0F@@@x";
    expect(check({ clientId: other, username, password: sign(clientId, username) }, key)).toMatchObject({
      reason: "bad_signature",
    });
  });

  it.each(["a|b", "a/b", "a+b", "a#b", "a\u0000b", "a\nb", "a\u0085b", "a\ud800b"])(
    "refuses %j in any part",
    (part) => {
      for (const clientId of [
        `${part}@@@aa_bb_cc_dd_ee_0f@@@x`,
        `g@@@aa_bb_cc_dd_ee_0f@@@${part}`,
        `g@@@${part}@@@x`,
      ]) {
        const result = check({ clientId, username, password: sign(clientId, username) }, key, {
          acceptAnyDeviceId: true,
          acceptEmptyParts: true,
        });
        expect(result).toMatchObject({ ok: false, reason: "bad_client_id" });
      }
    },
  );
});

describe("switches", () => {
  it("accepts a device id that is no MAC only when told to", () => {
    const clientId = "g@@@not-a-mac@@@x";
    const triple = { clientId, username, password: sign(clientId, username) };
    expect(check(triple, key)).toMatchObject({ reason: "bad_client_id" });
    expect(check(triple, key, { acceptAnyDeviceId: true })).toMatchObject({ ok: true, identity: { id: "not-a-mac" } });
  });

  it.each([
    ["", "x", {}],
    ["g", "", { group: "g" }],
    ["", "", {}],
  ])("accepts the group %j and the third part %j only when told to", (group, third, told) => {
    const clientId = `${group}@@@aa_bb_cc_dd_ee_0f@@@${third}`;
    const triple = { clientId, username, password: sign(clientId, username) };
    expect(check(triple, key)).toMatchObject({
      reason: "bad_client_id",
      detail: expect.stringContaining("credentials.xiaozhiHmac.acceptEmptyParts"),
    });
    expect(check(triple, key, { acceptEmptyParts: true })).toMatchObject({
      ok: true,
      identity: { scheme: "xiaozhi-hmac", id: "aa:bb:cc:dd:ee:0f" },
      attributes: { mac: "aa_bb_cc_dd_ee_0f", ...told },
    });
    const result = check(triple, key, { acceptEmptyParts: true });
    expect(result.ok && [result.identity.group, result.attributes.group]).toEqual([
      group || undefined,
      group || undefined,
    ]);
  });

  it("wants the signature of a client id with empty parts all the same", () => {
    const clientId = "@@@aa_bb_cc_dd_ee_0f@@@";
    const other = sign("g@@@aa_bb_cc_dd_ee_0f@@@x", username);
    const options = { acceptEmptyParts: true };
    expect(check({ clientId, username, password: other }, key, options)).toMatchObject({ reason: "bad_signature" });
    expect(check({ clientId, username, password: "" }, key, options)).toMatchObject({ reason: "missing_credentials" });
  });

  it.each([
    "g@@@@@@x",
    "@@@@@@",
    "g@@@aa_bb_cc_dd_ee_0f",
    "@@@aa_bb_cc_dd_ee_0f",
    "g@@@aa_bb_cc_dd_ee_0f@@@x@@@",
    "@@@",
  ])("never accepts %s, every switch on and signed", (clientId) => {
    const options = { acceptEmptyParts: true, acceptAnyDeviceId: true, acceptLooseUsername: true };
    const triple = { clientId, username, password: sign(clientId, username) };
    expect(check(triple, key, options)).toMatchObject({ ok: false, reason: "bad_client_id" });
  });

  it("names the switch for unsigned devices to the operator, whatever is missing", () => {
    const clientId = "g@@@aa_bb_cc_dd_ee_0f";
    const remark = expect.stringContaining("credentials.xiaozhiHmac.acceptUnsigned");
    expect(check({ clientId, username: "", password: "" }, key)).toMatchObject({
      reason: "missing_credentials",
      detail: remark,
    });
    expect(check({ clientId, username, password: sign(clientId, username) }, key)).toMatchObject({
      reason: "bad_client_id",
      detail: remark,
    });
    for (const other of ["g@@@aa_bb_cc_dd_ee_0f@@@x", "g@@@not-a-mac", "g+@@@aa_bb_cc_dd_ee_0f"]) {
      const result = check({ clientId: other, username: "", password: "" }, key);
      expect(result).toMatchObject({ reason: "missing_credentials", detail: "empty password" });
    }
  });

  it.each(["MTIz", "eyJpcCI6IjEwLjAuMC4xIn0", "not base64!!"])(
    "accepts the loose user name %s only when told to",
    (loose) => {
      const clientId = "g@@@aa_bb_cc_dd_ee_0f@@@x";
      const triple = { clientId, username: loose, password: sign(clientId, loose) };
      expect(check(triple, key)).toMatchObject({ reason: "bad_username" });
      expect(check(triple, key, { acceptLooseUsername: true })).toMatchObject({ ok: true });
    },
  );
});

describe("keys", () => {
  it("says no_key for a ring without a key of the scheme", () => {
    const scheme = createXiaozhiHmacScheme();
    const clientId = "g@@@aa_bb_cc_dd_ee_0f@@@x";
    const request = { clientId, username, password: sign(clientId, username) };
    const claim = { scheme: "xiaozhi-hmac" as const, identity: "", needs: "key ring" as const };
    expect(scheme.verify(request, claim, { kind: "key ring", keys: [] }, 0)).toMatchObject({ reason: "no_key" });
  });

  it("accepts what mintXiaozhiHmac issues, and names the key", async () => {
    const triple = await mintXiaozhiHmac({ key, group: "GID_lamp", mac: "AA:BB:CC:DD:EE:0F" });
    expect(triple.clientId).toBe("GID_lamp@@@aa_bb_cc_dd_ee_0f@@@aa_bb_cc_dd_ee_0f");
    expect(check(triple, key)).toMatchObject({ ok: true, keyId: "k1", generation: 1 });
  });

  it("never says the key or the password", () => {
    const clientId = "g@@@aa_bb_cc_dd_ee_0f@@@x";
    const password = sign("other", username);
    const text = JSON.stringify(check({ clientId, username, password }, key));
    expect(text).not.toContain(key);
    expect(text).not.toContain(password);
  });
});

verifyScheme("xiaozhi-hmac", () => ({
  scheme: createXiaozhiHmacScheme(),
  signedFields: ["clientId", "username", "password"],
  credentials: (device) =>
    ["aa_bb_cc_dd_ee_0", "AA_BB_CC_DD_EE_0", "aa-bb-cc-dd-ee-0"].map((mac) => {
      const clientId = `GID_lamp@@@${mac}${device}@@@36c98363-3656-43cb-a00f-8bced2391a90`;
      const request = { clientId, username, password: sign(clientId, username) };
      return { request, material: { kind: "key ring" as const, keys: ring(key) }, nowSeconds: 0 };
    }),
}));

it("a password is right in all of its characters, not in their low bytes", () => {
  const clientId = "GID_test@@@02_00_00_00_00_01@@@u1";
  const password = sign(clientId, username);
  expect(check({ clientId, username, password }, key)).toMatchObject({ ok: true });
  for (const at of [0, 20, password.length - 1]) {
    const other = String.fromCharCode(password.charCodeAt(at) + 0x100);
    const almost = password.slice(0, at) + other + password.slice(at + 1);
    expect(check({ clientId, username, password: almost }, key)).toMatchObject({ ok: false, reason: "bad_signature" });
  }
  // what was checked before leaves nothing behind
  for (const cut of ["", password.slice(0, -1), `${password}=`]) {
    expect(check({ clientId, username, password: cut }, key)).toMatchObject({ ok: false });
  }
});
