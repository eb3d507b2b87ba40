import mqttPacket, { type IConnackPacket, type IConnectPacket, type Packet } from "mqtt-packet";
import { onTestFinished } from "vitest";
import { type ClientOptions, WebSocket } from "ws";
import { until } from "./open-test-broker.ts";
import { connectPacket, type Version } from "./raw-peer.ts";

/** An MQTT peer on a WebSocket that sends what it is told, right or wrong. Ended at the end of the test. */
export class WebSocketPeer {
  readonly socket: WebSocket;
  readonly version: Version;
  readonly received: Packet[] = [];
  /** Sizes of the frames that came. */
  readonly frames: number[] = [];
  closeCode: number | undefined;
  /** HTTP status of a refused upgrade. */
  status: number | undefined;

  private constructor(socket: WebSocket, version: Version) {
    this.socket = socket;
    this.version = version;
    const parser = mqttPacket.parser({ protocolVersion: version });
    parser.on("packet", (packet) => this.received.push(packet));
    socket.on("message", (data: Buffer) => {
      this.frames.push(data.length);
      parser.parse(data);
    });
    socket.on("unexpected-response", (request, response) => {
      this.status = response.statusCode;
      request.destroy();
    });
    socket.on("error", () => {});
    socket.on("close", (code) => {
      this.closeCode = code;
    });
  }

  /** Resolves when the upgrade is done or refused. */
  static async open(
    url: string,
    options: ClientOptions & { protocols?: string[]; version?: Version } = {},
  ): Promise<WebSocketPeer> {
    const { protocols = ["mqtt"], version = 5, ...others } = options;
    const socket = new WebSocket(url, protocols, others);
    onTestFinished(() => socket.terminate());
    const peer = new WebSocketPeer(socket, version);
    await until("the upgrade", () => socket.readyState !== WebSocket.CONNECTING || peer.status !== undefined);
    return peer;
  }

  /** Opens a connection and sends a CONNECT; the CONNACK is returned with the peer. */
  static async connect(
    url: string,
    options: Partial<IConnectPacket> & { version?: Version } = {},
  ): Promise<{ peer: WebSocketPeer; connack: IConnackPacket }> {
    const { version = 5, ...connect } = options;
    const peer = await WebSocketPeer.open(url, { version });
    peer.send(connectPacket(version, connect));
    return { peer, connack: (await peer.take("connack")) as IConnackPacket };
  }

  bytes(packet: Packet): Buffer {
    return mqttPacket.generate(packet, { protocolVersion: this.version });
  }

  /** All packets in one frame. */
  send(...packets: Packet[]): void {
    this.socket.send(Buffer.concat(packets.map((packet) => this.bytes(packet))));
  }

  async take(cmd: Packet["cmd"]): Promise<Packet> {
    const at = () => this.received.findIndex((packet) => packet.cmd === cmd);
    await until(`${cmd}, or the end`, () => at() !== -1 || this.closeCode !== undefined);
    const [packet] = at() === -1 ? [] : this.received.splice(at(), 1);
    if (packet === undefined) throw new Error(`closed without ${cmd}`);
    return packet;
  }

  async closed(): Promise<number> {
    await until("the close", () => this.closeCode !== undefined);
    return this.closeCode ?? 0;
  }

  /** Resolves once everything sent so far was worked on. */
  async settle(): Promise<void> {
    this.send({ cmd: "pingreq" });
    await this.take("pingresp");
  }
}
