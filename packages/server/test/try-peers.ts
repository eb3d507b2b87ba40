import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { run } from "./run-connack.ts";

/** Something that listens on this machine. */
export interface Peer {
  port: number;
  stop(): Promise<void>;
}

async function listening(server: Server, sockets: Set<Socket>): Promise<Peer> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Answers the first packet with these bytes; without any it never answers. `received` are the bytes of that packet. */
export async function startFakeBroker(answer?: Buffer): Promise<Peer & { received: Buffer[] }> {
  const sockets = new Set<Socket>();
  const received: Buffer[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (bytes) => {
      received.push(bytes);
      if (answer) socket.end(answer);
    });
  });
  return { ...(await listening(server, sockets)), received };
}

/** CONNACK with this code: MQTT 3.1.1 §3.2, and from 128 on MQTT 5 §3.2 without properties. */
export const connack = (code: number): Buffer =>
  code < 128 ? Buffer.from([0x20, 2, 0, code]) : Buffer.from([0x20, 3, 0, code, 0]);

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const peer = await startFakeBroker();
  await peer.stop();
  return peer.port;
}

const programs = new Set<ChildProcess>();
process.once("exit", () => {
  for (const each of programs) each.kill("SIGKILL");
});

/** Debian's Mosquitto with one user, who may use `devices/<name>/…` only. */
export async function startMosquitto(folder: string, name: string, password: string): Promise<Peer> {
  const passwords = join(folder, "mosquitto-passwords");
  writeFileSync(passwords, `${name}:${password}\n`, { mode: 0o600 });
  const hashed = await run("mosquitto_passwd", ["-U", passwords]);
  if (hashed.code !== 0) throw new Error(hashed.stderr);
  const rights = join(folder, "mosquitto-rights");
  writeFileSync(rights, "pattern readwrite devices/%u/#\n", { mode: 0o600 });
  const port = await closedPort();
  const config = join(folder, "mosquitto.conf");
  const lines = ["user root", `listener ${port} 127.0.0.1`, "allow_anonymous false", "persistence false"];
  writeFileSync(config, [...lines, `password_file ${passwords}`, `acl_file ${rights}`, ""].join("\n"));
  const child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
  programs.add(child);
  const ended = once(child, "close").then(() => programs.delete(child));
  await untilOpen(port);
  return {
    port,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

async function untilOpen(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
