import type { IConnackPacket, MqttClient } from "mqtt";
import type { Connection, ConnectionEnd, PublishOutcome } from "./connection.ts";
import type { OutgoingMessage } from "./publish-queue.ts";

/** MQTT 5 §3.14.2.1. */
const packetTooLarge = 0x95;
/** Of a PUBLISH besides topic and payload: fixed header, lengths, packet identifier, no properties. */
const publishOverhead = 10;

/** A connection that `openConnection` opened, on a client of mqtt.js of its own. */
export class MqttConnection implements Connection {
  readonly sessionPresent: boolean;
  readonly receiveMaximum: number;
  readonly ended: Promise<ConnectionEnd>;
  readonly #client: MqttClient;
  readonly #farewell: { isSaid: boolean };
  readonly #maximumPacketSize: number;

  constructor(
    client: MqttClient,
    { sessionPresent, properties }: IConnackPacket,
    ended: Promise<ConnectionEnd>,
    farewell: { isSaid: boolean },
  ) {
    this.#client = client;
    this.#farewell = farewell;
    this.sessionPresent = sessionPresent;
    this.receiveMaximum = properties?.receiveMaximum ?? 65_535;
    this.#maximumPacketSize = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.ended = ended;
  }

  publish({ topic, payload, qos, retain }: OutgoingMessage, done: (outcome: PublishOutcome) => void): void {
    // The broker would close this connection, and each that brings it again (MQTT 5 §3.2.2.3.6).
    if (topic.length + payload.length + publishOverhead > this.#maximumPacketSize) {
      done(packetTooLarge);
      return;
    }
    // mqtt.js has Buffer's view of bytes, in browsers too.
    this.#client.publish(topic, payload as Buffer, { qos, retain }, (error) => {
      const code = (error as { code?: unknown } | undefined)?.code;
      if (!error) done("acknowledged");
      else done(typeof code === "number" && code >= 128 ? code : "not sent");
    });
  }

  async subscribe(filter: string, qos: 0 | 1 | 2): Promise<number> {
    this.#beOpen();
    try {
      const [granted] = await this.#client.subscribeAsync(filter, { qos });
      return granted?.qos ?? 128;
    } catch (error) {
      const granted = (error as { packet?: { granted?: unknown[] } }).packet?.granted?.[0];
      if (typeof granted === "number") return granted;
      throw error;
    }
  }

  async unsubscribe(filter: string): Promise<void> {
    this.#beOpen();
    await this.#client.unsubscribeAsync(filter);
  }

  check(timeoutMs: number): void {
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.#client.once("packetreceive", () => clearTimeout(timer));
    void this.ended.then(() => clearTimeout(timer));
    this.#client.sendPing();
  }

  async end(timeoutMs: number): Promise<void> {
    // The client would wait for ever for what the broker does not acknowledge.
    for (const id of Object.keys((this.#client as unknown as { outgoing: object }).outgoing)) {
      this.#client.removeOutgoingMessage(Number(id));
    }
    const timer = setTimeout(() => this.destroy(), timeoutMs);
    this.#farewell.isSaid = true;
    this.#client.end(false);
    await this.ended;
    clearTimeout(timer);
  }

  destroy(): void {
    this.#client.end(true);
    // A client that is ending does not listen to that.
    this.#client.stream.destroy();
  }

  /** The client would keep what it is told after its end, and never answer. */
  #beOpen(): void {
    if (!this.#client.connected) throw new Error("the connection is over");
  }
}
