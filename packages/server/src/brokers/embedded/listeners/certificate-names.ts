import type { X509Certificate } from "node:crypto";
import type { CertificateNames } from "./arrival.ts";

/**
 * What a certificate is called, in the words of EMQX (esockd 5, `esockd_ssl.erl`), so that a device keeps its identity
 * when the broker changes. The subject is RFC 4514: last part first, with esockd's names for the attributes. A subject
 * that EMQX would write otherwise, and more than one common name, are left out: an identity must not be guessed.
 */
export function certificateNames(certificate: X509Certificate): CertificateNames {
  const names: CertificateNames = {};
  const commonName: unknown = certificate.toLegacyObject().subject?.CN;
  if (typeof commonName === "string") names.commonName = commonName;
  const subject = subjectOf(certificate);
  if (subject !== undefined) names.subject = subject;
  return names;
}

/**
 * Node has one line for each part, ` + ` between attributes of one part, OpenSSL's short names, and RFC 2253 escapes:
 * no value has a bare `+` or a line break. Values are UTF-8.
 */
function subjectOf({ subject }: X509Certificate): string | undefined {
  if (!subject) return undefined;
  const parts: string[] = [];
  for (const line of subject.split("\n").toReversed()) {
    const attributes = line.split(" + ").map(attributeOf);
    if (attributes.includes(undefined)) return undefined;
    parts.push(attributes.join("+"));
  }
  return parts.join(",");
}

function attributeOf(text: string): string | undefined {
  const at = text.indexOf("=");
  const given = text.slice(0, at);
  const name = /^\d+(\.\d+)+$/.test(given) ? given : names.get(given);
  return name === undefined ? undefined : `${name}=${escapeMore(text.slice(at + 1))}`;
}

/** OpenSSL has escaped what RFC 2253 wants; esockd also writes `~` and every byte above it in hex. */
function escapeMore(value: string): string {
  return value.replace(/[^\0-}]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}

/** OpenSSL's name of an attribute, and esockd's: a word for those it knows, else the number. */
const names: ReadonlyMap<string, string> = new Map([
  ["SN", "SN"],
  ["GN", "GIVENNAME"],
  ["initials", "INITIALS"],
  ["generationQualifier", "GENERATIONQUALIFIER"],
  ["CN", "CN"],
  ["L", "L"],
  ["ST", "ST"],
  ["O", "O"],
  ["OU", "OU"],
  ["title", "TITLE"],
  ["C", "C"],
  ["serialNumber", "SERIALNUMBER"],
  ["pseudonym", "PSEUDONYM"],
  ["DC", "DC"],
  ["emailAddress", "EMAILADDRESS"],
  ["street", "STREET"],
  ["UID", "UID"],
  ["description", "2.5.4.13"],
  ["businessCategory", "2.5.4.15"],
  ["postalCode", "2.5.4.17"],
  ["name", "2.5.4.41"],
  ["dnQualifier", "2.5.4.46"],
  ["organizationIdentifier", "2.5.4.97"],
]);
