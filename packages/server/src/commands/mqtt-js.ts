import type { Qos } from "@connack/credentials";

/** What we use of mqtt.js, in our own words: its type declarations need those of a browser. */
export interface MqttJs {
  connect(url: string, options: object): MqttJsClient;
}

export interface MqttJsClient {
  handleMessage(packet: MqttJsMessage, done: (error?: Error) => void): void;
  once(event: "connect", listener: (packet: MqttJsConnack) => void): unknown;
  once(event: "close", listener: () => void): unknown;
  once(event: "error", listener: (error: Error) => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "disconnect", listener: (packet: { reasonCode?: number }) => void): unknown;
  subscribeAsync(filters: string[], options: { qos: Qos }): Promise<unknown>;
  publishAsync(topic: string, payload: Buffer, options: { qos: Qos; retain: boolean }): Promise<unknown>;
  end(force: boolean): unknown;
  endAsync(): Promise<void>;
}

export interface MqttJsMessage {
  topic: string;
  payload: string | Buffer;
  qos: Qos;
  retain: boolean;
}

export interface MqttJsConnack {
  properties?: { maximumPacketSize?: number };
}

const name: string = "mqtt";

/** Loaded only when it is needed: most commands start without it. */
export async function loadMqttJs(): Promise<MqttJs> {
  return ((await import(name)) as { default: MqttJs }).default;
}
