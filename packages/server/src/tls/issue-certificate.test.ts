import { execFileSync, spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { issueCertificate } from "./issue-certificate.ts";

const folder = mkdtempSync(join(tmpdir(), "connack-x509-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const day = 86_400_000;
const valid = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };
const hosts = ["localhost", "127.0.0.1", "2001:db8::7"];
const ca = issueCertificate({ commonName: "test CA", use: { kind: "ca" }, ...valid });
const server = issueCertificate({ commonName: "broker", use: { kind: "server", hosts }, ...valid }, ca);
const client = issueCertificate({ commonName: "Gerät 1", use: { kind: "client" }, ...valid }, ca);

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** OpenSSL's judgement, with every check it has. */
function verify(certificate: string, purpose: string, authority = ca.certificate): string {
  const args = ["verify", "-x509_strict", "-purpose", purpose, "-CAfile", file("ca.pem", authority)];
  const { stdout, stderr } = spawnSync("openssl", [...args, file("one.pem", certificate)], { encoding: "utf8" });
  return `${stdout}${stderr}`;
}

const textOf = (certificate: string) =>
  execFileSync("openssl", ["x509", "-in", file("text.pem", certificate), "-noout", "-text"], { encoding: "utf8" });

describe("OpenSSL", () => {
  it("takes each certificate for its purpose, and for no other", () => {
    expect(verify(server.certificate, "sslserver")).toMatch(/OK\n$/);
    expect(verify(client.certificate, "sslclient")).toMatch(/OK\n$/);
    expect(verify(server.certificate, "sslclient")).toContain("unsuitable certificate purpose");
    expect(verify(client.certificate, "sslserver")).toContain("unsuitable certificate purpose");
    expect(verify(ca.certificate, "sslserver")).toContain("unsuitable certificate purpose");
    const other = issueCertificate({ commonName: "test CA", use: { kind: "ca" }, ...valid });
    expect(verify(server.certificate, "sslserver", other.certificate)).toContain("unable to get local issuer");
  });

  it("reads a CA that signs no further CAs", () => {
    const text = textOf(ca.certificate);
    expect(text).toMatch(/Version: 3 .*Issuer: CN = test CA.*Subject: CN = test CA/s);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    expect(text).toMatch(/Key Usage: critical\s+Certificate Sign, CRL Sign\n/);
    expect(text).toContain("NIST CURVE: P-256");
  });

  it("reads a server with its names and addresses", () => {
    const text = textOf(server.certificate);
    expect(text).toMatch(/Basic Constraints: critical\s+CA:FALSE/);
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/);
    expect(text).toMatch(/Extended Key Usage: \s+TLS Web Server Authentication\n/);
    expect(text).toContain("DNS:localhost, IP Address:127.0.0.1, IP Address:2001:DB8:0:0:0:0:0:7\n");
  });

  it("finds the issuer by its key", () => {
    const id = (text: string, name: string) =>
      new RegExp(`${name} Key Identifier: \\s+([0-9A-F:]{59})\n`).exec(text)?.[1];
    expect(id(textOf(ca.certificate), "Subject")).toBeDefined();
    expect(id(textOf(server.certificate), "Authority")).toBe(id(textOf(ca.certificate), "Subject"));
    expect(id(textOf(server.certificate), "Subject")).not.toBe(id(textOf(ca.certificate), "Subject"));
  });

  it("checks a key, and that it belongs to its certificate", () => {
    const key = file("key.pem", server.key);
    const args = ["pkey", "-in", key, "-pubout"];
    expect(execFileSync("openssl", args, { encoding: "utf8" })).toBe(
      new X509Certificate(server.certificate).publicKey.export({ format: "pem", type: "spki" }),
    );
  });
});

it("writes dates beyond 2049 in their long form", () => {
  const dates = { notBefore: new Date("2049-12-31T23:59:59.900Z"), notAfter: new Date("2050-01-01T00:00:00Z") };
  const { certificate } = issueCertificate({ commonName: "late", use: { kind: "client" }, ...dates });
  const { validFrom, validTo } = new X509Certificate(certificate);
  expect([validFrom, validTo]).toEqual(["Dec 31 23:59:59 2049 GMT", "Jan  1 00:00:00 2050 GMT"]);
  const parsed = execFileSync("openssl", ["asn1parse", "-in", file("late.pem", certificate)], { encoding: "utf8" });
  expect(parsed).toContain("UTCTIME           :491231235959Z");
  expect(parsed).toContain("GENERALIZEDTIME   :20500101000000Z");
});

it("never uses a serial number or a key twice", () => {
  const issued = Array.from({ length: 20 }, () =>
    issueCertificate({ commonName: "x", use: { kind: "client" }, ...valid }, ca),
  );
  const serials = issued.map(({ certificate }) => new X509Certificate(certificate).serialNumber);
  expect(new Set(serials).size).toBe(20);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/);
  expect(new Set(issued.map(({ key }) => key)).size).toBe(20);
});
