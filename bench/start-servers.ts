import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve as resolvePath } from "node:path";
import { fileURLToPath } from "node:url";
import type { FleetKeys } from "./fleet.ts";
import { nodeFlags, ourBin } from "./node-flags.ts";

/** A server under measurement. */
export interface Contender {
  name: string;
  pid: number;
  port: number;
  /** Milliseconds from the start of the process until it said that it is ready. */
  readyMs: number;
  constant: boolean;
  /** Rejects when it ends by itself. */
  died: Promise<void>;
  stop(): Promise<void>;
}

/** The compiled service on a folder that `prepareFolder` made, with free ports and without the embedded broker. */
export async function startService(
  folder: string,
  keys: FleetKeys,
  { bin = ourBin, name = "connack", profile }: { bin?: string; name?: string; profile?: string | undefined } = {},
): Promise<Contender> {
  const begin = performance.now();
  const profiling = profile === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", resolvePath(profile)];
  const own = ["serve", "--no-embedded-broker", "--http-port", "0", "--admin-port", "0", "--json"];
  const args = [...profiling, ...nodeFlags(bin), bin, ...own];
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: serviceEnvironment(keys),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  const ended = once(child, "exit");
  const ready = new Promise<{ port: number; readyMs: number }>((resolve) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      // Read to the end of the run, as a log collector would.
      if (text === "ready") return;
      text += chunk.toString();
      const line = text.split("\n").find((each) => each.includes("connack is ready") && each.endsWith("}"));
      if (line === undefined) return;
      text = "ready";
      const { brokers } = JSON.parse(line) as { brokers: string };
      resolve({ port: Number(new URL(brokers).port), readyMs: performance.now() - begin });
    });
  });
  let stopping = false;
  const died = ended.then(([code, signal]) => {
    if (!stopping) throw new Error(`${name} ended by itself with ${code ?? signal}: ${errors}`);
  });
  died.catch(() => {}); // told to whoever waits for it
  const started = await Promise.race([ready, died]);
  if (!started) throw new Error(`${name} was stopped`);
  return {
    name,
    pid: child.pid as number,
    constant: false,
    ...started,
    died,
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Nothing of the environment of whoever runs the bench reaches the server. A fleet that is known enrols nobody. */
export function serviceEnvironment(keys: Pick<FleetKeys, "hmac" | "jwt">): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "" } = process.env;
  return {
    PATH,
    HOME,
    MQTT_SIGNATURE_KEY: keys.hmac,
    CONNACK_CREDENTIALS_JWT_SECRET: keys.jwt,
    CONNACK_DEVICES_ENROLMENT: "refuse",
  };
}

export async function startConstant(): Promise<Contender> {
  const begin = performance.now();
  const child = fork(fileURLToPath(new URL("./constant-server.ts", import.meta.url)));
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  let stopping = false;
  const ended = once(child, "exit");
  const died = ended.then(([code, signal]) => {
    if (!stopping) throw new Error(`the constant server ended by itself: ${code ?? signal}`);
  });
  died.catch(() => {}); // told to whoever measures it
  return {
    name: "constant",
    pid: child.pid as number,
    port,
    readyMs: performance.now() - begin,
    constant: true,
    died,
    async stop() {
      stopping = true;
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
