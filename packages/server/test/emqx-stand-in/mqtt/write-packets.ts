/** Packets as 5.8.0 writes them, byte for byte as recorded. */

/** What every MQTT 5 CONNACK of a fresh node says: 1 MiB packets, 32 in flight, all features. */
const features = Buffer.from("270010000021002025012a01290122ffff2801", "hex");

export function connackAllow(version: number, sessionPresent: boolean, assignedId: string | undefined): Buffer {
  const present = sessionPresent ? 1 : 0;
  if (version < 5) return Buffer.from([0x20, 2, present, 0]);
  const assigned = assignedId === undefined ? Buffer.alloc(0) : assignedProperty(assignedId);
  const properties = Buffer.concat([assigned, features]);
  const body = Buffer.concat([Buffer.from([present, 0]), length(properties.length), properties]);
  return Buffer.concat([Buffer.from([0x20]), length(body.length), body]);
}

function assignedProperty(id: string): Buffer {
  const text = Buffer.from(id);
  return Buffer.concat([Buffer.from([0x12, text.length >> 8, text.length & 0xff]), text]);
}

export type RefusalName =
  | "not_authorized"
  | "bad_username_or_password"
  | "banned"
  | "client_identifier_not_valid"
  | "unsupported_protocol_version";

const refusals: Record<RefusalName, [v4: number, v5: number]> = {
  not_authorized: [5, 0x87],
  bad_username_or_password: [4, 0x86],
  banned: [5, 0x8a],
  client_identifier_not_valid: [2, 0x85],
  unsupported_protocol_version: [1, 0x84],
};

export function connackRefuse(version: number, reason: RefusalName): Buffer {
  const [v4, v5] = refusals[reason];
  return version < 5 ? Buffer.from([0x20, 2, 0, v4]) : Buffer.from([0x20, 3, 0, v5, 0]);
}

/** MQTT 3 has none. */
export function disconnect(reasonCode: number): Buffer {
  return Buffer.from([0xe0, 2, reasonCode, 0]);
}

/** PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70. */
export function acknowledge(type: number, version: number, id: number, reasonCode: number): Buffer {
  const head = [type, version < 5 ? 2 : 4, id >> 8, id & 0xff];
  return Buffer.from(version < 5 ? head : [...head, reasonCode, 0]);
}

export function suback(version: number, id: number, codes: number[]): Buffer {
  const written = version < 5 ? codes.map((code) => (code >= 0x80 ? 0x80 : code)) : codes;
  const body = Buffer.from([id >> 8, id & 0xff, ...(version < 5 ? [] : [0]), ...written]);
  return Buffer.concat([Buffer.from([0x90]), length(body.length), body]);
}

export function unsuback(version: number, id: number, codes: number[]): Buffer {
  const body = Buffer.from([id >> 8, id & 0xff, ...(version < 5 ? [] : [0, ...codes])]);
  return Buffer.concat([Buffer.from([0xb0]), length(body.length), body]);
}

export const pingresp = Buffer.from([0xd0, 0]);

function length(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.from(bytes);
}
