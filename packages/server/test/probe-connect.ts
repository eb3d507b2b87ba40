import { randomBytes } from "node:crypto";
import { connect } from "node:net";

/** The CONNACK code that a client gets that nobody knows; 0 is a broker that lets it in. */
export function probeConnect(port: number): Promise<number> {
  const field = (text: string) => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)]);
  const name = randomBytes(6).toString("hex");
  const payload = Buffer.concat([field("MQTT"), Buffer.from([4, 0xc2, 0, 60]), field(name), field(name), field(name)]);
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve, reject) => {
    socket.setTimeout(10_000, () => socket.destroy(new Error("no CONNACK in 10 s")));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed without a CONNACK")));
    socket.once("data", (data: Buffer) => {
      resolve(data[3] ?? -1);
      socket.destroy();
    });
    socket.write(Buffer.concat([Buffer.from([0x10, payload.length]), payload]));
  });
}
