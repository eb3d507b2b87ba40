import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { generate, type IConnectPacket, type Packet } from "mqtt-packet";

/** A client that shows bytes: each packet that comes in, in hex, and `closed` at the end. */
export class RawMqtt {
  readonly #socket: Socket;
  readonly #version: 4 | 5;
  #buffer: Buffer = Buffer.alloc(0);
  #received: string[] = [];
  #wake = () => {};
  closed = false;

  constructor(socket: Socket, version: 4 | 5) {
    this.#socket = socket;
    this.#version = version;
    socket.on("data", (bytes: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, bytes]);
      this.#split();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.closed = true;
      this.#received.push("closed:FIN");
      this.#wake();
    });
  }

  /** Connects the socket, and says nothing. */
  static async open(port: number, version: 4 | 5 = 4): Promise<RawMqtt> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new RawMqtt(socket, version);
  }

  /** Sends a CONNECT and waits for the answer. */
  static async connect(
    port: number,
    { protocolVersion = 4, ...packet }: Partial<IConnectPacket> & { clientId: string },
  ): Promise<{ client: RawMqtt; connack: string }> {
    const version = protocolVersion === 5 ? 5 : 4;
    const client = await RawMqtt.open(port, version);
    client.send({
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: version,
      clean: true,
      keepalive: 60,
      ...packet,
    } as Packet);
    return { client, connack: await client.next() };
  }

  send(packet: Packet): void {
    this.#socket.write(generate(packet, { protocolVersion: this.#version }));
  }

  /** Bytes in hex that may be no packet. */
  sendBytes(hex: string): void {
    this.#socket.write(Buffer.from(hex, "hex"));
  }

  /** The next packet; `closed:FIN` when the server has ended. */
  async next(timeoutMs = 20_000): Promise<string> {
    const deadline = Date.now() + timeoutMs;
    while (this.#received.length === 0) {
      if (Date.now() > deadline) throw new Error("no packet came");
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 50);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#received.shift() as string;
  }

  /** What has come so far. */
  taken(): string[] {
    const taken = this.#received;
    this.#received = [];
    return taken;
  }

  /** DISCONNECT and FIN; waits until the server has closed, too. */
  async leave(reasonCode?: number): Promise<void> {
    if (this.closed) return;
    this.send(reasonCode === undefined ? { cmd: "disconnect" } : { cmd: "disconnect", reasonCode });
    await this.cut();
  }

  /** FIN without a word. */
  async cut(): Promise<void> {
    if (this.closed) return;
    const ended = once(this.#socket, "close");
    this.#socket.end();
    await ended;
  }

  /** RST. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }

  #split(): void {
    for (;;) {
      let length = 0;
      let at = 1;
      for (let shift = 1; ; shift *= 128, at += 1) {
        const digit = this.#buffer[at];
        if (digit === undefined) return;
        length += (digit & 127) * shift;
        if (digit < 128) break;
      }
      const end = at + 1 + length;
      if (this.#buffer.length < end) return;
      this.#received.push(this.#buffer.subarray(0, end).toString("hex"));
      this.#buffer = this.#buffer.subarray(end);
      this.#wake();
    }
  }
}
