import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface RestartableMosquitto {
  port: number;
  start(): Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Debian's Mosquitto on one port of the loopback, for everybody, or for users with these passwords. */
export async function restartableMosquitto(
  folder: string,
  users?: Record<string, string>,
): Promise<RestartableMosquitto> {
  const port = await freePort();
  const config = join(folder, "mosquitto.conf");
  const passwords = join(folder, "passwords");
  if (users !== undefined) {
    const lines = Object.entries(users).map(([name, password]) => `${name}:${password}\n`);
    writeFileSync(passwords, lines.join(""), { mode: 0o600 });
    // Hashes them where they are.
    execFileSync("mosquitto_passwd", ["-U", passwords]);
  }
  const login = users === undefined ? "allow_anonymous true" : `password_file ${passwords}`;
  // Started as root it would change to a user that cannot read the file.
  writeFileSync(config, `user root\nlistener ${port} 127.0.0.1\n${login}\n`, { mode: 0o600 });
  let child: ChildProcess | undefined;
  process.once("exit", () => child?.kill("SIGKILL"));
  return {
    port,
    async start() {
      child = spawn("mosquitto", ["-c", config], { stdio: "ignore" });
      while (!(await accepts(port))) {
        if (child.exitCode !== null) throw new Error(`mosquitto ended with ${child.exitCode}`);
        await sleep(20);
      }
    },
    async kill(signal) {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "close");
      child.kill(signal);
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
