import { connect } from "node:net";
import { generate, type Packet } from "mqtt-packet";

export interface StormResult {
  /** CONNECTs that were accepted. */
  accepted: number;
  /** Those that were refused or got no answer, by what happened. */
  lost: Record<string, number>;
  seconds: number;
}

/** Raw CONNECTs of MQTT 3.1.1, prepared beforehand: the client is to cost as little as possible. */
export function prepareConnects(count: number, prefix: string): Buffer[] {
  return Array.from({ length: count }, (_, index) => {
    const packet: Packet = {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clientId: `${prefix}-${index}`,
      username: `device-${index % 1000}`,
      password: Buffer.from("password"),
      clean: true,
      keepalive: 60,
    };
    return generate(packet);
  });
}

/** Connects with each of the packets, so many at a time; each leaves as soon as it is let in. */
export function connectStorm(port: number, connects: readonly Buffer[], parallel: number): Promise<StormResult> {
  return new Promise((resolve) => {
    const result: StormResult = { accepted: 0, lost: {}, seconds: 0 };
    const begin = performance.now();
    let begun = 0;
    let ended = 0;
    const next = () => {
      const bytes = connects[begun];
      if (bytes === undefined) return;
      begun++;
      const socket = connect({ port, host: "127.0.0.1", noDelay: true });
      let answer = "closed";
      socket.on("error", (error: NodeJS.ErrnoException) => {
        answer = error.code ?? error.message;
      });
      socket.on("data", (chunk) => {
        answer = chunk[0] === 0x20 && chunk[3] === 0 ? "accepted" : "refused";
        socket.destroy();
      });
      socket.on("close", () => {
        if (answer === "accepted") result.accepted++;
        else result.lost[answer] = (result.lost[answer] ?? 0) + 1;
        ended++;
        if (ended === connects.length) {
          result.seconds = (performance.now() - begin) / 1000;
          resolve(result);
        } else next();
      });
      socket.write(bytes);
    };
    for (let started = 0; started < parallel; started++) next();
  });
}
