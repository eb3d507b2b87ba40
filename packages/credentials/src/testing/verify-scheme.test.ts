import { createHmac, createSecretKey, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ConnectRequest } from "../connect-request.ts";
import type { CredentialScheme, KeyMaterial, Verification } from "../credential-scheme.ts";
import type { DenyReason } from "../deny-reason.ts";
import { runTrial, schemeTrials } from "./scheme-trials.ts";
import { knowCredentials, type RightCredential, type SchemeUnderTest } from "./scheme-under-test.ts";
import { verifyScheme } from "./verify-scheme.ts";

const secret = randomBytes(32);
const ring: KeyMaterial = {
  kind: "key ring",
  keys: [{ id: "k1", scheme: "xiaozhi-hmac", algorithm: "HMAC-SHA256", key: createSecretKey(secret), generation: 1 }],
};

/** A small scheme that is right, with one decision left open in each place where schemes go wrong. */
interface Weakness {
  signedText?(request: ConnectRequest): string;
  sameText?(given: string, expected: string): boolean;
  identity?(request: ConnectRequest): string;
  refuse?(request: ConnectRequest): Partial<Extract<Verification, { ok: false }>>;
  inspect?(request: ConnectRequest): unknown;
  anyKey?: boolean;
  anyMaterial?: boolean;
}

const sign = (text: string, key = secret) => createHmac("sha256", key).update(text).digest("base64");
const signedText = ({ clientId, username }: ConnectRequest) => `${clientId}|${username}`;

function schemeWith(weakness: Weakness): CredentialScheme {
  return {
    name: "xiaozhi-hmac",
    identify: ({ clientId }) => ({ scheme: "xiaozhi-hmac", identity: clientId, needs: "key ring" }),
    verify(request, _claim, material) {
      weakness.inspect?.(request);
      const keys = material.kind === "key ring" ? material.keys : [];
      const own = keys.filter((key) => weakness.anyKey || key.scheme === "xiaozhi-hmac");
      const good = own.some(({ key }) => {
        const expected = sign((weakness.signedText ?? signedText)(request), key.export());
        return (weakness.sameText ?? Object.is)(request.password, expected);
      });
      if (good || (weakness.anyMaterial && material.kind === "nothing")) {
        const id = weakness.identity?.(request) ?? request.clientId;
        const identity = { scheme: "xiaozhi-hmac" as const, id };
        return { ok: true, identity, keyId: "k1", generation: 1, claims: {}, attributes: {} };
      }
      return { ok: false, reason: "bad_signature", detail: "wrong", hints: [], ...weakness.refuse?.(request) };
    },
  };
}

function credentials(device: 0 | 1): RightCredential[] {
  const request = { clientId: `fleet/dev-${device}`, username: `dXNlcg${device}+/==`, password: "" };
  return [{ request: { ...request, password: sign(signedText(request)) }, material: ring, nowSeconds: 1_800_000_000 }];
}

function subjectWith(weakness: Weakness): SchemeUnderTest {
  return { scheme: schemeWith(weakness), credentials, signedFields: ["clientId", "username", "password"] };
}

verifyScheme("right", () => subjectWith({}));
verifyScheme("right, sampled", () => ({ ...subjectWith({}), sampleEvery: 7 }));

const anySigned = "allowed, though no right credential has these signed fields";
const lowByte = (text: string) => Buffer.from(text, "latin1").toString("latin1");
const usernameOf = (clientId: string) => `dXNlcg${clientId.at(-1)}+/==`;

/** What schemes get wrong, and what the suite says to it. */
const weaknesses: [what: string, weakness: Weakness, fault: string][] = [
  ["ignores case", { sameText: (given, expected) => given.toLowerCase() === expected.toLowerCase() }, anySigned],
  ["trims the password", { sameText: (given, expected) => given.trim() === expected }, anySigned],
  ["compares a prefix", { sameText: (given, expected) => given !== "" && expected.startsWith(given) }, anySigned],
  ["looks for the signature anywhere", { sameText: (given, expected) => given.includes(expected) }, anySigned],
  [
    "compares decoded bytes",
    { sameText: (given, expected) => Buffer.from(given, "base64").equals(Buffer.from(expected, "base64")) },
    anySigned,
  ],
  [
    "accepts hex as well",
    { sameText: (given, expected) => [expected, Buffer.from(expected, "base64").toString("hex")].includes(given) },
    "then hex: allowed",
  ],
  [
    "accepts missing padding",
    { sameText: (given, expected) => [expected, expected.replace(/=+$/, "")].includes(given) },
    anySigned,
  ],
  [
    "keeps the low byte of each character",
    { sameText: (given, expected) => lowByte(given) === expected },
    "with 0x100 added: allowed",
  ],
  [
    "leaves the user name out of the signature",
    { signedText: ({ clientId }) => `${clientId}|${usernameOf(clientId)}` },
    "username: bit 0 of byte 0 flipped: allowed",
  ],
  [
    "signs without a border between the fields",
    { signedText: ({ clientId, username }) => (clientId + username).replace(/^(fleet\/dev-\d)/, "$1|") },
    "moved to clientId: allowed",
  ],
  [
    "normalises the client id",
    { signedText: ({ clientId, username }) => `${clientId.normalize("NFKC")}|${username}` },
    "clientId: full width: allowed",
  ],
  [
    "cuts at NUL",
    { signedText: ({ clientId, username }) => `${clientId.split("\0")[0]}|${username}` },
    '"\\u0000" behind: allowed',
  ],
  [
    "takes the identity from another field",
    { identity: ({ username }) => username, signedText: ({ clientId }) => `${clientId}|${usernameOf(clientId)}` },
    anySigned,
  ],
  ["uses keys of another scheme", { anyKey: true }, "keys of the other scheme: allowed with the wrong material"],
  ["lets in without material", { anyMaterial: true }, "no material: allowed with the wrong material"],
  ["throws at half a surrogate pair", { inspect: ({ password }) => encodeURIComponent(password) }, "threw URIError"],
  [
    "throws at deep nesting",
    { inspect: ({ username }) => (username.startsWith("[[") ? depthOf(username) : undefined) },
    "threw RangeError",
  ],
  ["tells the password", { refuse: ({ password }) => ({ detail: `it was ${password}` }) }, "a secret in a text"],
  [
    "tells a wrong password",
    { refuse: ({ password }) => (password === "hasOwnProperty" ? { detail: `it was ${password}` } : {}) },
    "a secret in a text",
  ],
  [
    "tells part of the right signature",
    { refuse: (request) => ({ detail: `expected ${sign(signedText(request)).slice(0, 20)}` }) },
    "a secret in a text",
  ],
  ["tells the key", { refuse: () => ({ detail: `not by ${secret.toString("hex")}` }) }, "a secret in a text"],
  ["gives no detail", { refuse: () => ({ detail: "" }) }, "a text of 0 characters"],
  [
    "repeats a megabyte",
    { refuse: ({ username }) => (username.startsWith("AAAAAA") ? { detail: username } : {}) },
    "characters for the operator",
  ],
  [
    "repeats control characters",
    { refuse: ({ username }) => ({ detail: `user ${username.slice(0, 40)}` }) },
    "a control character in a text",
  ],
  ["gives an unknown reason", { refuse: () => ({ reason: "toString" as DenyReason }) }, "unknown reason toString"],
  [
    "calls a refused one proven",
    { refuse: ({ clientId }) => ({ identity: { scheme: "xiaozhi-hmac", id: clientId } }) },
    "though nothing was proven",
  ],
  [
    "gives hints to strangers",
    { refuse: () => ({ hints: [{ code: "weak_key", text: "a weak key" }] }) },
    "though nothing was proven",
  ],
];

function depthOf(text: string): number {
  return text === "" ? 0 : 1 + depthOf(text.slice(1));
}

describe("verifyScheme", () => {
  it.each(weaknesses)("finds a scheme that %s", async (_, weakness, expected) => {
    const faults: string[] = [];
    for (const trial of schemeTrials) {
      faults.push(...(await runTrial(subjectWith(weakness), trial)).faults);
      if (faults.some((fault) => fault.includes(expected))) break;
    }
    expect(faults).toContainEqual(expect.stringContaining(expected));
  });

  it("finds a wrong identity behind fields that are not signed", async () => {
    const subject = subjectWith({ identity: ({ username }) => username, signedText: ({ clientId }) => clientId });
    const unsigned = (device: 0 | 1) =>
      credentials(device).map((right) => {
        const request = { ...right.request, password: sign(right.request.clientId) };
        return { ...right, request };
      });
    const loose: SchemeUnderTest = { ...subject, credentials: unsigned, signedFields: ["clientId", "password"] };
    const faults: string[] = [];
    for (const trial of schemeTrials) faults.push(...(await runTrial(loose, trial)).faults);
    expect(faults).toContainEqual(expect.stringContaining("allowed as"));
  });

  it("finds a scheme whose right credentials are refused", async () => {
    await expect(knowCredentials(subjectWith({ sameText: () => false }))).rejects.toThrow("bad_signature");
  });

  it("wants two devices that differ", async () => {
    const alike = { ...subjectWith({}), credentials: () => credentials(0) };
    await expect(knowCredentials(alike)).rejects.toThrow("same identity");
  });

  it("makes thousands of attempts, fewer when sampled", async () => {
    const count = async (subject: SchemeUnderTest) => {
      let tried = 0;
      for (const trial of schemeTrials) tried += (await runTrial(subject, trial)).tried;
      return tried;
    };
    const all = await count(subjectWith({}));
    expect(all).toBeGreaterThan(2000);
    expect(await count({ ...subjectWith({}), sampleEvery: 5 })).toBeLessThan(all - 500);
  });
});
