import {
  type BaseBlock,
  BitString,
  Boolean as Flag,
  Integer,
  ObjectIdentifier,
  OctetString,
  Primitive,
  Sequence,
} from "asn1js";
import { ipBytes } from "./ip-bytes.ts";

/** Object identifiers of RFC 5280 §4.2.1. */
const oid = {
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAltName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
};

/** What a certificate is for: a CA that signs others, which sign nobody; a server with these names; a client. */
export type CertificateUse = { kind: "ca" } | { kind: "server"; hosts: readonly string[] } | { kind: "client" };

/** The extensions of a certificate. `own`, `issuer`: which key it has and which key signed it, by their hashes. */
export function certificateExtensions(use: CertificateUse, own: Buffer, issuer: Buffer): BaseBlock[] {
  return [
    ...extensionsOfUse(use),
    extension(oid.subjectKeyIdentifier, octets(own)),
    extension(oid.authorityKeyIdentifier, sequence(tagged(0, issuer))),
  ];
}

function extensionsOfUse(use: CertificateUse): BaseBlock[] {
  if (use.kind === "ca") {
    const isCa = [new Flag({ value: true }), new Integer({ value: 0 })];
    return [
      extension(oid.basicConstraints, sequence(...isCa), true),
      extension(oid.keyUsage, keyUsage("keyCertSign", "cRLSign"), true),
    ];
  }
  const purpose = use.kind === "server" ? oid.serverAuth : oid.clientAuth;
  return [
    extension(oid.basicConstraints, sequence(), true),
    extension(oid.keyUsage, keyUsage("digitalSignature"), true),
    extension(oid.extKeyUsage, sequence(new ObjectIdentifier({ value: purpose }))),
    ...(use.kind === "server" ? [extension(oid.subjectAltName, sequence(...use.hosts.map(generalName)))] : []),
  ];
}

/** Bits of RFC 5280 §4.2.1.3, counted from the left. */
const keyUsageBits = { digitalSignature: 0, keyCertSign: 5, cRLSign: 6 } as const;

function keyUsage(...names: (keyof typeof keyUsageBits)[]): BitString {
  const bits: number[] = names.map((name) => keyUsageBits[name]);
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  return new BitString({ valueHex: Uint8Array.of(byte).buffer, unusedBits: 7 - Math.max(...bits) });
}

/** RFC 5280 §4.2.1.6: dNSName [2], iPAddress [7]. */
function generalName(host: string): Primitive {
  const address = ipBytes(host);
  return address === undefined ? tagged(2, Buffer.from(host, "ascii")) : tagged(7, address);
}

function extension(id: string, value: BaseBlock, isCritical = false): Sequence {
  const critical = isCritical ? [new Flag({ value: true })] : [];
  return sequence(new ObjectIdentifier({ value: id }), ...critical, octets(new Uint8Array(value.toBER())));
}

function tagged(tagNumber: number, bytes: Uint8Array): Primitive {
  return new Primitive({ idBlock: { tagClass: 3, tagNumber }, valueHex: Uint8Array.from(bytes).buffer });
}

function octets(bytes: Uint8Array): OctetString {
  return new OctetString({ valueHex: Uint8Array.from(bytes).buffer });
}

function sequence(...value: BaseBlock[]): Sequence {
  return new Sequence({ value });
}
