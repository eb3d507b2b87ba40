import type { MqttJsClient, ReceivedPacket } from "./mqtt-js.ts";

export interface PeerMessage {
  topic: string;
  payload: string;
  retain: boolean;
}

/** How long the broker may take for a SUBACK, PUBACK or PINGRESP, in milliseconds. */
const answerWithinMs = 8000;

/** One connection that was let in. It notes all that arrives, and never connects again by itself. */
export class Peer {
  readonly messages: PeerMessage[] = [];
  /** Whether the broker still had a session of this client id. */
  readonly hadSession: boolean;
  readonly closed: Promise<void>;
  isClosed = false;
  readonly #client: MqttJsClient;
  readonly #waiting = new Set<{ isIt(packet: ReceivedPacket): boolean; found(packet: ReceivedPacket): void }>();

  /** @param early what came with the CONNACK or before anybody listened: a kept session sends at once */
  constructor(client: MqttJsClient, hadSession: boolean, closed: Promise<void>, early: readonly ReceivedPacket[]) {
    this.#client = client;
    this.hadSession = hadSession;
    this.closed = closed.then(() => {
      this.isClosed = true;
    });
    for (const packet of early) this.#receive(packet);
    client.on("packetreceive", (packet) => this.#receive(packet));
  }

  /** The codes of the SUBACK; `undefined` when there was none. */
  async subscribe(filters: string[], qos: 0 | 1 = 1): Promise<number[] | undefined> {
    const suback = this.#next(({ cmd }) => cmd === "suback");
    this.#client.subscribe(filters, { qos }, () => {});
    return (await suback)?.granted?.map(Number);
  }

  /**
   * The code of the PUBACK (0 for MQTT 3.1.1, which has none), `undefined` when there was none. QoS 0 has no answer: the
   * broker has worked on it when it answers the ping behind it.
   */
  async publish(topic: string, payload: string, { qos = 1, retain = false } = {}): Promise<number | undefined> {
    if (qos === 0) {
      this.#client.publish(topic, payload, { qos, retain }, () => {});
      return (await this.settle()) ? 0 : undefined;
    }
    const puback = this.#next(({ cmd }) => cmd === "puback");
    this.#client.publish(topic, payload, { qos, retain }, () => {});
    const answer = await puback;
    return answer && (answer.reasonCode ?? 0);
  }

  /** Resolves when the broker has worked on all that was sent, with whether it did. */
  async settle(): Promise<boolean> {
    const pong = this.#next(({ cmd }) => cmd === "pingresp");
    this.#client.sendPing();
    return (await pong) !== undefined;
  }

  has(payload: string): boolean {
    return this.messages.some((message) => message.payload === payload);
  }

  /** Whether a message with this payload came, or comes in so many milliseconds. */
  async receives(payload: string, withinMs: number): Promise<boolean> {
    if (this.has(payload)) return true;
    const isIt = ({ cmd, payload: came }: ReceivedPacket) => cmd === "publish" && String(came) === payload;
    return (await this.#next(isIt, withinMs)) !== undefined;
  }

  /** Says goodbye; a session that was to be kept is kept. */
  async leave(): Promise<void> {
    if (this.isClosed) return;
    this.#client.end(false);
    const timer = setTimeout(() => this.cut(), 2000);
    await this.closed;
    clearTimeout(timer);
  }

  /** Closes without a goodbye: the broker publishes the will. */
  cut(): void {
    this.#client.end(true);
    // A client that is ending does not listen to that.
    this.#client.stream.destroy();
  }

  #receive(packet: ReceivedPacket): void {
    if (packet.cmd === "publish") {
      const { topic = "", payload = "", retain = false } = packet;
      this.messages.push({ topic, payload: String(payload), retain });
    }
    for (const waiter of this.#waiting) if (waiter.isIt(packet)) waiter.found(packet);
  }

  /** The next packet of a kind; `undefined` when the connection ends or time runs out first. */
  #next(
    isIt: (packet: ReceivedPacket) => boolean,
    withinMs: number = answerWithinMs,
  ): Promise<ReceivedPacket | undefined> {
    if (this.isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const end = (packet: ReceivedPacket | undefined) => {
        clearTimeout(timer);
        this.#waiting.delete(waiter);
        resolve(packet);
      };
      const waiter = { isIt, found: end };
      const timer = setTimeout(end, withinMs, undefined);
      this.#waiting.add(waiter);
      void this.closed.then(() => end(undefined));
    });
  }
}
