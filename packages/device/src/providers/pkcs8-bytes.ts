const otherForms: readonly [label: string, problem: string][] = [
  ["ENCRYPTED PRIVATE KEY", "is encrypted: openssl pkcs8 -in key.pem -out plain.pem makes it readable"],
  ["EC PRIVATE KEY", "is in the old SEC 1 form: openssl pkcs8 -topk8 -nocrypt -in key.pem -out new.pem converts it"],
  ["RSA PRIVATE KEY", "is an RSA key"],
  ["PUBLIC KEY", "is a public key: the private one is needed"],
  ["CERTIFICATE", "is a certificate: its private key is needed"],
];

/**
 * The DER bytes of a private key in PKCS #8 PEM form (RFC 7468 §10, `BEGIN PRIVATE KEY`). Text around it is allowed. Throws
 * TypeError that says what the text is instead, never what is in it.
 */
export function pkcs8Bytes(option: string, pem: string): Uint8Array<ArrayBuffer> {
  const body = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END PRIVATE KEY-----/.exec(pem)?.[1];
  if (body === undefined) {
    const other = otherForms.find(([label]) => pem.includes(`-----BEGIN ${label}-----`));
    throw new TypeError(`${option} ${other?.[1] ?? "is no PEM with BEGIN PRIVATE KEY"}`);
  }
  try {
    const bytes = Uint8Array.from(atob(body.replace(/\s/g, "")), (character) => character.charCodeAt(0));
    if (bytes.length > 0) return bytes;
  } catch {
    // said below: the error would quote the key
  }
  throw new TypeError(`${option} is damaged: its PEM is no Base64`);
}
