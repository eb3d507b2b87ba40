import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContextOptions } from "node:tls";

/** Texts of PEM files that a TLS server works with. */
export interface TlsMaterial {
  /** Our certificate, then its chain. */
  certificate: string;
  key: string;
  /** CAs that vouch for client certificates; without it none is asked for. */
  clientCa?: string;
}

/** One of the texts cannot be used. `message` is a phrase to follow the name of its file; it never quotes the file. */
export class UnusableTlsMaterial extends Error {
  override name = "UnusableTlsMaterial";
  readonly part: keyof TlsMaterial;
  constructor(part: keyof TlsMaterial, message: string) {
    super(message);
    this.part = part;
  }
}

/** For Node's TLS servers: version 1.2 and later. */
export function secureContextOptions({ certificate, key, clientCa }: TlsMaterial): SecureContextOptions {
  return { cert: certificate, key, ...(clientCa !== undefined && { ca: clientCa }), minVersion: "TLSv1.2" };
}

/** Throws `UnusableTlsMaterial` for what no handshake could be made with. */
export function checkTlsMaterial(material: TlsMaterial): void {
  const [own] = certificatesOf(material.certificate, "certificate");
  const key = privateKeyOf(material.key);
  if (own?.checkPrivateKey(key) === false) throw new UnusableTlsMaterial("key", "is not the key of the certificate");
  // An empty list of CAs would make Node trust all public ones.
  if (material.clientCa !== undefined) certificatesOf(material.clientCa, "clientCa");
  try {
    createSecureContext(secureContextOptions(material));
  } catch (error) {
    throw new UnusableTlsMaterial("certificate", `is refused by OpenSSL: ${codeOf(error)}`);
  }
}

/** The first certificate of a text that `checkTlsMaterial` has seen. */
export function ownCertificate({ certificate }: TlsMaterial): X509Certificate {
  return certificatesOf(certificate, "certificate")[0];
}

const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

function certificatesOf(text: string, part: keyof TlsMaterial): [X509Certificate, ...X509Certificate[]] {
  try {
    const [first, ...others] = (text.match(block) ?? []).map((pem) => new X509Certificate(pem));
    if (first !== undefined) return [first, ...others];
  } catch (error) {
    throw new UnusableTlsMaterial(part, `has a damaged certificate: ${codeOf(error)}`);
  }
  throw new UnusableTlsMaterial(part, "has no certificate in PEM form");
}

function privateKeyOf(text: string): KeyObject {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    throw new UnusableTlsMaterial("key", "has no private key in PEM form");
  }
  if (/-----BEGIN ENCRYPTED |^Proc-Type: 4,ENCRYPTED/m.test(text)) {
    throw new UnusableTlsMaterial("key", "is encrypted; decrypt it first: openssl pkey -in <old> -out <new>");
  }
  try {
    return createPrivateKey(text);
  } catch (error) {
    throw new UnusableTlsMaterial("key", `is damaged: ${codeOf(error)}`);
  }
}

/** OpenSSL's texts may quote what they read; its codes do not. */
function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? "unreadable");
}
