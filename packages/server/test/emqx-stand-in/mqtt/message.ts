import type { IPublishPacket } from "mqtt-packet";

/** A message on its way. */
export interface Message {
  /** As EMQX numbers them: 32 hex digits. */
  id: string;
  topic: string;
  payload: Buffer;
  qos: 0 | 1 | 2;
  retain: boolean;
  properties: NonNullable<IPublishPacket["properties"]>;
  clientId: string;
  username: string | undefined;
  /** e.g. 127.0.0.1:50000; `undefined` for messages that no client sent. */
  peerName: string | undefined;
  receivedAt: number;
}

let last = 0;

export function messageId(): string {
  last += 1;
  return (BigInt(Date.now()) * 1_000_000n + BigInt(last)).toString(16).toUpperCase().padStart(32, "0");
}
