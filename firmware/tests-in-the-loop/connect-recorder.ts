import { createHash } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import mqttPacket from "mqtt-packet";

export interface ConnectRecorder {
  port: number;
  /** CONNECTs in order; of the password, no more than can be compared. */
  connects: { clientId: string; passwordHash: string }[];
  /** Return codes of the CONNACKs, in order. */
  answers: number[];
  /** DISCONNECTs of the device. */
  goodbyes: number;
  /** Sequence numbers of messages that the broker has acknowledged, in order and without repeats. */
  acknowledged: Set<number>;
  /** What the device has published to, last. */
  published: Map<string, string>;
  /** Messages of QoS 1 that are not acknowledged on the connection they were sent on. */
  unanswered(): number;
  /** The password of the next CONNECT arrives with another last character: a token with a wrong signature. */
  spoilNextPassword(): void;
  close(): Promise<void>;
}

/** Between a device and its broker: writes down who logs in how, and what the broker has acknowledged. */
export async function startConnectRecorder(brokerPort: () => number): Promise<ConnectRecorder> {
  const sockets = new Set<Socket>();
  let isSpoiling = false;
  let waiting = new Map<number, number | undefined>();
  const server = createServer({ allowHalfOpen: true }, (device) => {
    const broker = connect({ port: brokerPort(), host: "127.0.0.1", allowHalfOpen: true });
    for (const [socket, other] of [[device, broker] as const, [broker, device] as const]) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.once("close", () => sockets.delete(socket));
    }
    const isSpoiled = isSpoiling;
    isSpoiling = false;
    waiting = new Map();
    const fromDevice = mqttPacket.parser({ protocolVersion: 4 });
    fromDevice.on("packet", (packet) => {
      if (packet.cmd === "connect") {
        const password = String(packet.password);
        const passwordHash = createHash("sha256").update(password).digest("hex");
        recorder.connects.push({ clientId: packet.clientId, passwordHash });
        if (isSpoiled) packet.password = Buffer.from(otherSignature(password));
      }
      if (packet.cmd === "disconnect") recorder.goodbyes++;
      if (packet.cmd === "publish") recorder.published.set(packet.topic, packet.payload.toString());
      if (packet.cmd === "publish" && packet.qos === 1)
        waiting.set(packet.messageId ?? 0, sequenceOf(packet.payload.toString()));
      if (isSpoiled) broker.write(mqttPacket.generate(packet));
    });
    const fromBroker = mqttPacket.parser({ protocolVersion: 4 });
    fromBroker.on("packet", (packet) => {
      if (packet.cmd === "connack") recorder.answers.push(packet.returnCode ?? 0);
      if (packet.cmd !== "puback") return;
      const sequence = waiting.get(packet.messageId ?? 0);
      waiting.delete(packet.messageId ?? 0);
      if (sequence !== undefined) recorder.acknowledged.add(sequence);
    });
    // The bytes themselves go through, but for the ones that are spoiled.
    device.on("data", (chunk) => {
      fromDevice.parse(chunk);
      if (!isSpoiled) broker.write(chunk);
    });
    device.on("end", () => broker.end());
    broker.on("data", (chunk) => {
      fromBroker.parse(chunk);
      device.write(chunk);
    });
    broker.on("end", () => device.end());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const recorder: ConnectRecorder = {
    port: (server.address() as AddressInfo).port,
    connects: [],
    answers: [],
    goodbyes: 0,
    acknowledged: new Set(),
    published: new Map(),
    unanswered: () => waiting.size,
    spoilNextPassword() {
      isSpoiling = true;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return recorder;
}

/** The first character of the signature is another one: the last one has bits that do not count. */
function otherSignature(token: string): string {
  const at = token.lastIndexOf(".") + 1;
  return `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
}

function sequenceOf(payload: string): number | undefined {
  return payload.startsWith('{"sequence":') ? (JSON.parse(payload) as { sequence: number }).sequence : undefined;
}
