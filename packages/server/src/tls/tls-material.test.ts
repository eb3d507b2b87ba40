import { execFileSync } from "node:child_process";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { ca, material, materialWithClients, newServer, server } from "../brokers/embedded/testing/lab-certificates.ts";
import { checkTlsMaterial, ownCertificate, type TlsMaterial, UnusableTlsMaterial } from "./tls-material.ts";

const damage = (pem: string) => pem.replace(/\n(.{20})/, "\nAAAAAAAAAAAAAAAAAAAA");
const oldForm = createPrivateKey(material.key).export({ type: "sec1", format: "pem" }).toString();
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const encrypted = privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const oldEncrypted = privateKey
  .export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();

describe("material", () => {
  it.each([
    ["as it comes from a CA", material],
    ["with a chain", { ...material, certificate: server.certificate + ca.certificate }],
    ["with words around it", { ...material, certificate: `subject=CN=broker\r\n${server.certificate}\nbye\n` }],
    ["with client CAs", { ...materialWithClients, clientCa: ca.certificate + server.certificate }],
    ["with a key in the old form", { ...material, key: oldForm }],
  ])("is good: %s", (_, good) => {
    expect(() => checkTlsMaterial(good)).not.toThrow();
    expect(ownCertificate(good).subject).toBe("CN=broker");
  });

  it.each<[string, Partial<TlsMaterial>, keyof TlsMaterial, RegExp]>([
    ["an empty certificate", { certificate: "" }, "certificate", /^has no certificate in PEM form$/],
    ["the key in its place", { certificate: material.key }, "certificate", /^has no certificate in PEM form$/],
    [
      "a damaged certificate",
      { certificate: damage(server.certificate) },
      "certificate",
      /^has a damaged certificate: ERR_/,
    ],
    ["a damaged chain", { certificate: server.certificate + damage(ca.certificate) }, "certificate", /^has a damaged/],
    ["an empty key", { key: "" }, "key", /^has no private key in PEM form$/],
    ["the certificate as key", { key: server.certificate }, "key", /^has no private key in PEM form$/],
    ["a damaged key", { key: damage(material.key) }, "key", /^is damaged: ERR_/],
    ["an encrypted key", { key: encrypted }, "key", /^is encrypted; decrypt it first: openssl pkey/],
    ["an encrypted key in the old form", { key: oldEncrypted }, "key", /^is encrypted; decrypt it first: openssl pkey/],
    ["another certificate's key", { key: newServer(ca).key }, "key", /^is not the key of the certificate$/],
    ["no client CA in the file for it", { clientCa: "\n" }, "clientCa", /^has no certificate in PEM form$/],
    ["a damaged client CA", { clientCa: damage(ca.certificate) }, "clientCa", /^has a damaged certificate: ERR_/],
  ])("is refused: %s", (_, part, name, message) => {
    const refused = (() => {
      try {
        checkTlsMaterial({ ...material, ...part });
      } catch (error) {
        return error as UnusableTlsMaterial;
      }
      return undefined;
    })();
    expect(refused).toBeInstanceOf(UnusableTlsMaterial);
    expect(refused?.part).toBe(name);
    expect(refused?.message).toMatch(message);
    for (const line of material.key.split("\n").slice(1, 3)) expect(refused?.message).not.toContain(line);
  });
});

it("is refused: what OpenSSL does not take", () => {
  const folder = mkdtempSync(join(tmpdir(), "connack-weak-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const [key = "", certificate = ""] = ["weak.key", "weak.crt"].map((name) => join(folder, name));
  const wish = ["-newkey", "rsa:512", "-nodes", "-subj", "/CN=weak", "-days", "1"];
  execFileSync("openssl", ["req", "-x509", ...wish, "-keyout", key, "-out", certificate], { stdio: "ignore" });
  const weak = { key: readFileSync(key, "utf8"), certificate: readFileSync(certificate, "utf8") };
  expect(() => checkTlsMaterial(weak)).toThrow(/^is refused by OpenSSL: ERR_SSL_EE_KEY_TOO_SMALL$/);
});
