import { randomBytes, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { makeFolder } from "../state/make-folder.ts";
import { writeFileDurably } from "../state/write-file-durably.ts";
import type { CertificateUse } from "./certificate-extensions.ts";
import { type IssuedCertificate, issueCertificate } from "./issue-certificate.ts";
import { LabFilesProblem } from "./lab-files-problem.ts";

/** Two files: a certificate and its key. */
export interface CertificateFiles {
  certificate: string;
  key: string;
}

export interface LabOptions {
  /** Folder of the CA. */
  dir: string;
  /** How long the new certificate is valid; never longer than its CA. */
  days: number;
  /** Whether files that are there may be replaced. */
  force: boolean;
  nowMs: number;
}

export interface LabServer {
  ca: CertificateFiles;
  server: CertificateFiles;
  /** Names and addresses the server's certificate is for. */
  hosts: string[];
  /** The CA's certificate in PEM form. */
  caPem: string;
  validUntil: Date;
}

const dayMs = 86_400_000;
const caDays = 7_300;

/**
 * Makes a CA and a certificate for a server below it, all files for the owner alone. With `keepCa` the CA that is there
 * signs, so that devices need nothing new. Throws `LabFilesProblem`, and what the file system throws.
 */
export async function makeLabServer(
  options: LabOptions & { hosts: readonly string[]; keepCa: boolean },
): Promise<LabServer> {
  const { dir, keepCa, force, nowMs } = options;
  const ca = { certificate: join(dir, "ca.crt"), key: join(dir, "ca.key") };
  const server = { certificate: join(dir, "server.crt"), key: join(dir, "server.key") };
  if (!force && !keepCa) refuseToReplace([...Object.values(ca), ...Object.values(server)]);
  const issuer = keepCa ? readIssuer(ca) : newCa(nowMs);
  const hosts = [...new Set(["localhost", "127.0.0.1", "::1", ...ownName(), ...options.hosts])];
  const commonName = options.hosts[0] ?? "localhost";
  const { issued, validUntil } = issue({ ...options, commonName, use: { kind: "server", hosts } }, issuer);
  if (!keepCa) await write(ca, issuer);
  await write(server, issued);
  return { ca, server, hosts, caPem: issuer.certificate, validUntil };
}

export interface LabClient {
  ca: CertificateFiles;
  client: CertificateFiles;
  validUntil: Date;
}

/** Makes a certificate with which a device proves that it is `name`, signed by the CA of `dir`. Throws as `makeLabServer`. */
export async function makeLabClient(options: LabOptions & { name: string }): Promise<LabClient> {
  const { dir, name, force } = options;
  const ca = { certificate: join(dir, "ca.crt"), key: join(dir, "ca.key") };
  const client = { certificate: join(dir, "clients", `${name}.crt`), key: join(dir, "clients", `${name}.key`) };
  if (!force) refuseToReplace(Object.values(client));
  const { issued, validUntil } = issue({ ...options, commonName: name, use: { kind: "client" } }, readIssuer(ca));
  await write(client, issued);
  return { ca, client, validUntil };
}

function refuseToReplace(files: readonly string[]): void {
  const there = files.find((file) => existsSync(file));
  if (there !== undefined) throw new LabFilesProblem(there, `${there} is there already`);
}

function readIssuer(ca: CertificateFiles): IssuedCertificate {
  try {
    return { certificate: readFileSync(ca.certificate, "utf8"), key: readFileSync(ca.key, "utf8") };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new LabFilesProblem(dirname(ca.key), `there is no CA in ${dirname(ca.key)}`);
  }
}

/** Each has a name of its own: two CAs of one name make a client check with the wrong one. */
function newCa(nowMs: number): IssuedCertificate {
  const commonName = `Connack lab CA ${randomBytes(4).toString("hex")}`;
  return issueCertificate({ commonName, use: { kind: "ca" }, ...validity(nowMs, caDays) });
}

interface Wish {
  commonName: string;
  use: CertificateUse;
  days: number;
  nowMs: number;
}

function issue({ commonName, use, days, nowMs }: Wish, issuer: IssuedCertificate) {
  const { notBefore, notAfter } = validity(nowMs, days);
  const end = new Date(new X509Certificate(issuer.certificate).validTo);
  const validUntil = notAfter < end ? notAfter : end;
  return { issued: issueCertificate({ commonName, use, notBefore, notAfter: validUntil }, issuer), validUntil };
}

/** From yesterday on, as not every clock is right. */
function validity(nowMs: number, days: number) {
  return { notBefore: new Date(nowMs - dayMs), notAfter: new Date(nowMs + days * dayMs) };
}

/** The key first: a server that looks at the files in between finds that they do not fit, and looks again. */
async function write(files: CertificateFiles, { certificate, key }: IssuedCertificate): Promise<void> {
  makeFolder(dirname(files.key), 0o700);
  await writeFileDurably(files.key, key);
  await writeFileDurably(files.certificate, certificate);
}

/** This machine's name, if it is one that may stand in a certificate. */
function ownName(): string[] {
  const name = hostname();
  return /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(name) ? [name.toLowerCase()] : [];
}
