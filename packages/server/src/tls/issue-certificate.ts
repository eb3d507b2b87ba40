import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, sign, X509Certificate } from "node:crypto";
import {
  type BaseBlock,
  BitString,
  Constructed,
  fromBER,
  GeneralizedTime,
  Integer,
  ObjectIdentifier,
  Sequence,
  Set as SetOf,
  UTCTime,
  Utf8String,
} from "asn1js";
import { type CertificateUse, certificateExtensions } from "./certificate-extensions.ts";

/** A certificate and its key, as PEM texts. */
export interface IssuedCertificate {
  certificate: string;
  key: string;
}

export interface CertificateWish {
  /** At most 64 characters (RFC 5280, ub-common-name). */
  commonName: string;
  use: CertificateUse;
  notBefore: Date;
  notAfter: Date;
}

/**
 * A new key with a certificate (RFC 5280 §4.1) that the issuer signs, or that signs itself. EC P-256 throughout: small,
 * and fast enough for an ESP32.
 */
export function issueCertificate(wish: CertificateWish, issuer?: IssuedCertificate): IssuedCertificate {
  const own = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const subject = nameOf(wish.commonName);
  const keyInfo = parse(own.publicKey.export({ format: "der", type: "spki" }));
  const above = issuer === undefined ? { subject, keyInfo } : partsOf(new X509Certificate(issuer.certificate).raw);
  const toBeSigned = sequence(
    explicit(0, new Integer({ value: 2 })), // version 3
    newSerialNumber(),
    ecdsaWithSha256(),
    above.subject,
    sequence(timeOf(wish.notBefore), timeOf(wish.notAfter)),
    subject,
    keyInfo,
    explicit(3, sequence(...certificateExtensions(wish.use, keyIdOf(keyInfo), keyIdOf(above.keyInfo)))),
  );
  const signer = issuer === undefined ? own.privateKey : createPrivateKey(issuer.key);
  const signature = sign("sha256", new Uint8Array(toBeSigned.toBER()), signer);
  const certificate = sequence(toBeSigned, ecdsaWithSha256(), new BitString({ valueHex: bytesOf(signature) }));
  return {
    certificate: new X509Certificate(Buffer.from(certificate.toBER())).toString(),
    key: own.privateKey.export({ format: "pem", type: "pkcs8" }).toString(),
  };
}

/** Name and key of the certificate that signs, exactly as they stand there. */
function partsOf(certificate: Uint8Array): { subject: BaseBlock; keyInfo: BaseBlock } {
  const fields = childrenOf(childrenOf(parse(certificate))[0]);
  const [subject, keyInfo] = [fields[5], fields[6]];
  if (subject === undefined || keyInfo === undefined) throw new Error("not a certificate of version 3");
  return { subject, keyInfo };
}

/** SHA-1 of the public key (RFC 5280 §4.2.1.2): a name for it, not a proof. */
function keyIdOf(keyInfo: BaseBlock): Buffer {
  const key = childrenOf(keyInfo)[1];
  if (!(key instanceof BitString)) throw new Error("not a public key");
  return createHash("sha1").update(key.valueBlock.valueHexView).digest();
}

function nameOf(commonName: string): Sequence {
  const attribute = sequence(new ObjectIdentifier({ value: "2.5.4.3" }), new Utf8String({ value: commonName }));
  return sequence(new SetOf({ value: [attribute] }));
}

function ecdsaWithSha256(): Sequence {
  return sequence(new ObjectIdentifier({ value: "1.2.840.10045.4.3.2" }));
}

/** 126 random bits behind a set one: never negative, never zero (RFC 5280 §4.1.2.2). */
function newSerialNumber(): Integer {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return new Integer({ valueHex: bytesOf(bytes) });
}

/** From 2050 on the long form (RFC 5280 §4.1.2.5), both in whole seconds. */
function timeOf(date: Date): BaseBlock {
  const valueDate = new Date(Math.floor(date.getTime() / 1000) * 1000);
  return valueDate.getUTCFullYear() < 2050 ? new UTCTime({ valueDate }) : new GeneralizedTime({ valueDate });
}

function parse(der: Uint8Array): BaseBlock {
  const { offset, result } = fromBER(bytesOf(der));
  if (offset === -1) throw new Error("not DER");
  return result;
}

function childrenOf(block: BaseBlock | undefined): BaseBlock[] {
  return block instanceof Constructed ? block.valueBlock.value : [];
}

function explicit(tagNumber: number, value: BaseBlock): Constructed {
  return new Constructed({ idBlock: { tagClass: 3, tagNumber }, value: [value] });
}

function sequence(...value: BaseBlock[]): Sequence {
  return new Sequence({ value });
}

/** A copy that is all of its buffer. */
function bytesOf(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
