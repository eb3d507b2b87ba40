import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { ConnectRequest } from "../connect-request.ts";
import type { Verification } from "../credential-scheme.ts";
import { verifyScheme } from "../testing/verify-scheme.ts";
import { type ClientCertificateOptions, createClientCertificateScheme } from "./client-certificate.ts";

const names = [randomUUID(), randomUUID()];

/** With and without the user name that MQTT clients often send along. */
function credentials(device: 0 | 1) {
  const certificate = {
    certificateCommonName: `dev-${names[device]}`,
    certificateSubject: `CN=dev-${names[device]},O=Fleet`,
  };
  return ["", `user-${device}`].map((username) => ({
    request: { clientId: `client-${device}`, username, password: "", ...certificate },
    material: { kind: "nothing" as const },
    nowSeconds: 1_800_000_000,
  }));
}

for (const identity of ["common name", "subject"] as const) {
  verifyScheme(`client-certificate by ${identity}`, () => ({
    scheme: createClientCertificateScheme({ identity }),
    credentials,
    signedFields: ["password", identity === "subject" ? "certificateSubject" : "certificateCommonName"],
  }));
}

const bare: ConnectRequest = { clientId: "c", username: "", password: "" };
const withNames = { ...bare, certificateCommonName: "dev-1", certificateSubject: "CN=dev-1,O=Fleet" };

function verify(request: ConnectRequest, identity: ClientCertificateOptions["identity"] = "common name"): Verification {
  const scheme = createClientCertificateScheme({ identity });
  const claim = scheme.identify(request) ?? { scheme: scheme.name, identity: "", needs: "nothing" as const };
  return scheme.verify(request, claim, { kind: "nothing" }, 1_800_000_000) as Verification;
}

describe("identify", () => {
  const scheme = createClientCertificateScheme({ identity: "common name" });

  it("takes a certificate without password, whatever the user name", () => {
    const claim = { scheme: "client-certificate", identity: "dev-1", needs: "nothing" };
    expect(scheme.identify(withNames)).toEqual(claim);
    expect(scheme.identify({ ...withNames, username: "somebody" })).toEqual(claim);
  });

  it("leaves a password to the other schemes, with or without certificate", () => {
    expect(scheme.identify({ ...withNames, username: "u", password: "p" })).toBeUndefined();
    expect(scheme.identify({ ...withNames, password: " " })).toBeUndefined();
  });

  it.each([
    ["no certificate", bare],
    ["empty texts, as EMQX sends them without one", { ...bare, certificateCommonName: "", certificateSubject: "" }],
  ])("does not take %s", (_, request) => {
    expect(scheme.identify(request)).toBeUndefined();
  });
});

describe("verify", () => {
  it("proves the name that is configured", () => {
    const proven = (id: string) => ({
      ok: true,
      identity: { scheme: "client-certificate", id },
      claims: {},
      attributes: {},
    });
    expect(verify(withNames)).toEqual(proven("dev-1"));
    expect(verify(withNames, "subject")).toEqual(proven("CN=dev-1,O=Fleet"));
    const longest = "n".repeat(256);
    expect(verify({ ...bare, certificateCommonName: longest })).toEqual(proven(longest));
  });

  it.each([
    ["no common name", undefined, "empty"],
    ["an empty one", "", "empty"],
    ["257 characters", "n".repeat(257), "257 characters long"],
    ["NUL, which cuts the name elsewhere", "dev-1\0.example", "not printable"],
    ["a line break", "dev-1\nadmin", "not printable"],
    ["a C1 control character", "dev\u0085", "not printable"],
    ["a line separator", "dev\u2028", "not printable"],
    ["half a surrogate pair", "dev\udc00", "not printable"],
    ["a mark that reorders the text", "dev\u202e1", "not printable"],
  ])("refuses %s as identity, without repeating it", (_, name, problem) => {
    const request = { ...bare, certificateSubject: "CN=x", ...(name !== undefined && { certificateCommonName: name }) };
    const refusal = verify(request);
    expect(refusal).toMatchObject({ ok: false, reason: "bad_identity", detail: expect.stringContaining(problem) });
    if (name) expect(JSON.stringify(refusal)).not.toContain(JSON.stringify(name).slice(1, -1));
    expect(createClientCertificateScheme({ identity: "common name" }).identify(request)?.identity).toBe("");
  });

  it("refuses without certificate, whatever is claimed", () => {
    expect(verify(bare)).toMatchObject({ ok: false, reason: "certificate_not_verified" });
  });

  it("refuses a claim of another name", () => {
    const scheme = createClientCertificateScheme({ identity: "common name" });
    const claim = { scheme: scheme.name, identity: "dev-2", needs: "nothing" as const };
    const refusal = scheme.verify(withNames, claim, { kind: "nothing" }, 1_800_000_000);
    expect(refusal).toMatchObject({ ok: false, reason: "internal_error" });
  });
});
