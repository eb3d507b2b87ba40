import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type IssuedCertificate, issueCertificate } from "../../../tls/issue-certificate.ts";
import type { TlsMaterial } from "../../../tls/tls-material.ts";

const dayMs = 86_400_000;
const valid = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + dayMs) };

export const newCa = (commonName = "test CA"): IssuedCertificate =>
  issueCertificate({ commonName, use: { kind: "ca" }, ...valid });

export const newServer = (ca: IssuedCertificate): IssuedCertificate =>
  issueCertificate({ commonName: "broker", use: { kind: "server", hosts: ["localhost", "127.0.0.1"] }, ...valid }, ca);

export const newClient = (ca: IssuedCertificate, commonName: string): IssuedCertificate =>
  issueCertificate({ commonName, use: { kind: "client" }, ...valid }, ca);

/** One CA for all tests of a file, as keys take a while. */
export const ca = newCa();
export const server = newServer(ca);

export const material: TlsMaterial = { certificate: server.certificate, key: server.key };
/** The same, and client certificates of the CA are taken. */
export const materialWithClients: TlsMaterial = { ...material, clientCa: ca.certificate };

/** Writes texts to files of a new folder, removed at the end of the test; the paths in order. */
export function filesOf(...texts: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "connack-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return texts.map((text, index) => {
    const path = join(folder, `${index}.pem`);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  });
}
