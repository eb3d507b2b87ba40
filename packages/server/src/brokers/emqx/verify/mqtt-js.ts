/** What we use of mqtt.js, in our own words: its type declarations need those of a browser. */
export interface MqttJsClient {
  on(event: "packetreceive", listener: (packet: ReceivedPacket) => void): unknown;
  on(event: "error", listener: (error: Error & { code?: unknown }) => void): unknown;
  once(event: "close", listener: () => void): unknown;
  subscribe(filters: string[], options: { qos: number }, done: () => void): unknown;
  publish(topic: string, payload: string, options: { qos: number; retain: boolean }, done: () => void): unknown;
  sendPing(): void;
  end(force: boolean): unknown;
  stream: { destroy(): unknown };
}

/** A packet as mqtt-packet reads it; only the members of its kind are there. */
export interface ReceivedPacket {
  cmd: string;
  returnCode?: number;
  reasonCode?: number;
  sessionPresent?: boolean;
  granted?: number[];
  topic?: string;
  payload?: string | Buffer;
  retain?: boolean;
}

interface MqttJs {
  connect(url: string, options: object): MqttJsClient;
}

const name: string = "mqtt";

/** Loaded only when it is needed: most commands start without it. */
export async function loadMqttJs(): Promise<MqttJs> {
  return ((await import(name)) as { default: MqttJs }).default;
}
