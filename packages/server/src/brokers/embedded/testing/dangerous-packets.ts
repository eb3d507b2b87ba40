/** Packets of MQTT 5 that a client may not send and that aedes or its parser lets through. */
export interface DangerousPacket {
  name: string;
  /** Sent after an accepted CONNECT, unless `isConnect`. */
  bytes: Buffer;
  isConnect?: true;
  /** What bare aedes does with it. */
  bare: "ends the process" | "ends a subscriber" | "ends the sender" | "takes it";
}

const text = (value: string) =>
  Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), Buffer.from(value)]);

function packet(first: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length > 127) throw new Error("longer than one byte of length");
  return Buffer.concat([Buffer.from([first, body.length]), body]);
}

const publish = (...properties: number[]) =>
  packet(0x30, text("t"), Buffer.from([properties.length, ...properties]), Buffer.from("x"));

const connect = (options: { flags?: number; properties?: number[]; rest?: Buffer[] }) => {
  const { flags = 0x82, properties = [], rest = [] } = options;
  return packet(
    0x10,
    text("MQTT"),
    Buffer.from([5, flags, 0, 0, properties.length, ...properties]),
    text("dangerous"),
    ...rest,
    text("device"),
  );
};

const sessionExpiry = [0x11, 0, 0, 0, 60];

export const dangerousPackets: DangerousPacket[] = [
  { name: "Response Topic cut short", bytes: publish(0x08, 0, 80), bare: "ends the process" },
  { name: "Content Type cut short", bytes: publish(0x03, 0, 80), bare: "ends a subscriber" },
  { name: "Correlation Data cut short", bytes: publish(0x09, 0, 80), bare: "ends a subscriber" },
  { name: "User Property cut short", bytes: publish(0x26, 0, 1, 97, 0, 80), bare: "ends a subscriber" },
  { name: "Reason String in a PUBLISH", bytes: publish(0x1f, 0, 1, 97), bare: "takes it" },
  { name: "Subscription Identifier from a client", bytes: publish(0x0b, 1), bare: "takes it" },
  { name: "Content Type twice", bytes: publish(0x03, 0, 1, 97, 0x03, 0, 1, 98), bare: "takes it" },
  {
    name: "Session Expiry Interval twice",
    isConnect: true,
    bytes: connect({ properties: [...sessionExpiry, ...sessionExpiry] }),
    bare: "ends the process",
  },
  {
    name: "a will with QoS 3",
    isConnect: true,
    bytes: connect({ flags: 0x82 | 0x04 | 0x18, rest: [Buffer.from([0]), text("t"), text("gone")] }),
    bare: "ends a subscriber",
  },
  {
    name: "PUBLISH with packet identifier 0",
    bytes: packet(0x32, text("t"), Buffer.from([0, 0, 0]), Buffer.from("x")),
    bare: "takes it",
  },
  {
    name: "SUBSCRIBE with packet identifier 0",
    bytes: packet(0x82, Buffer.from([0, 0, 0]), text("t"), Buffer.from([0])),
    bare: "takes it",
  },
  { name: "SUBSCRIBE without a filter", bytes: packet(0x82, Buffer.from([0, 1, 0])), bare: "ends the sender" },
  { name: "UNSUBSCRIBE without a filter", bytes: packet(0xa2, Buffer.from([0, 1, 0])), bare: "ends the sender" },
];
