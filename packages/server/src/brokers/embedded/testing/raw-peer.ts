import { connect, type Socket } from "node:net";
import mqttPacket, { type IConnackPacket, type IConnectPacket, type Packet } from "mqtt-packet";
import { onTestFinished } from "vitest";

export type Version = 3 | 4 | 5;

/** An MQTT peer that sends what it is told, right or wrong. Destroyed at the end of the test. */
export class RawPeer {
  readonly socket: Socket;
  readonly version: Version;
  /** Everything received and not taken by `take` yet. */
  readonly received: Packet[] = [];
  readonly closed: Promise<void>;
  isClosed = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket, version: Version) {
    this.socket = socket;
    this.version = version;
    const parser = mqttPacket.parser({ protocolVersion: version });
    parser.on("packet", (packet) => {
      this.received.push(packet);
      this.#wake();
    });
    socket.on("data", (chunk) => parser.parse(chunk));
    // A broker that cuts us off may do so with a reset.
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.isClosed = true;
        this.#wake();
        resolve();
      });
    });
  }

  static async open(port: number, version: Version = 4): Promise<RawPeer> {
    const socket = connect({ port, host: "127.0.0.1" });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    onTestFinished(() => {
      socket.destroy();
    });
    return new RawPeer(socket, version);
  }

  /** Opens a connection and sends a CONNECT; the CONNACK is returned with the peer. */
  static async connect(
    port: number,
    version: Version,
    options: Partial<IConnectPacket> = {},
  ): Promise<{ peer: RawPeer; connack: IConnackPacket }> {
    const peer = await RawPeer.open(port, version);
    peer.send(connectPacket(version, options));
    return { peer, connack: (await peer.take("connack")) as IConnackPacket };
  }

  bytes(packet: Packet): Buffer {
    return mqttPacket.generate(packet, { protocolVersion: this.version });
  }

  /** All packets in one chunk. */
  send(...packets: Packet[]): void {
    this.socket.write(Buffer.concat(packets.map((packet) => this.bytes(packet))));
  }

  /**
   * The next packet of this type, taking it out of `received`. Fails when the connection closes without one, and after
   * ten seconds.
   */
  async take(cmd: Packet["cmd"]): Promise<Packet> {
    const end = Date.now() + 10_000;
    for (;;) {
      const index = this.received.findIndex((packet) => packet.cmd === cmd);
      if (index !== -1) return this.received.splice(index, 1)[0] as Packet;
      if (this.isClosed) throw new Error(`closed without ${cmd}`);
      if (Date.now() >= end) throw new Error(`waited in vain for ${cmd}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Resolves once everything sent so far was worked on. */
  async settle(): Promise<void> {
    this.send({ cmd: "pingreq" });
    await this.take("pingresp");
  }
}

export function connectPacket(version: Version, options: Partial<IConnectPacket> = {}): IConnectPacket {
  return {
    cmd: "connect",
    protocolId: version === 3 ? "MQIsdp" : "MQTT",
    protocolVersion: version,
    clientId: `client-${version}`,
    username: "device",
    clean: true,
    keepalive: 0,
    ...options,
  };
}

/** The code of a CONNACK: the return code of MQTT 3.1 and 3.1.1, the reason code of MQTT 5. */
export function codeOf({ returnCode, reasonCode }: IConnackPacket): number | undefined {
  return reasonCode ?? returnCode;
}
