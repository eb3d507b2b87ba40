import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { EmbeddedBrokerLimits } from "../embedded-broker-limits.ts";

export interface BrokerState {
  /** Bytes, after a garbage collection. */
  rss: number;
  heapUsed: number;
  cpuSeconds: number;
  connections: number;
  counters: Record<string, number>;
}

export interface BrokerProgram {
  port: number;
  state(): Promise<BrokerState>;
  /** Whether the process is there. */
  isAlive(): boolean;
  /** What it wrote to its standard error. */
  errors(): string;
}

/**
 * Starts the embedded broker as a process of its own, ended at the end of the test at the latest. It lets everybody in
 * as the device of their user name, with all rights.
 *
 * @param from the sources as they are; or the last build of them, which is what users run and as fast as that
 */
export async function startBrokerProgram(
  from: "source" | "build",
  limits: Partial<EmbeddedBrokerLimits> = {},
): Promise<BrokerProgram> {
  const folder = from === "source" ? "../" : "../../../../dist/brokers/embedded/";
  const broker = new URL(`${folder}embedded-broker.${from === "source" ? "ts" : "js"}`, import.meta.url);
  const loader = from === "source" ? ["--conditions=source", "--import", "tsx"] : [];
  const args = ["--expose-gc", ...loader, "--input-type=module", "--eval", script(broker, limits)];
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL(".", import.meta.url)),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const next = <Message>() => nextMessage<Message>(child, () => errors);
  const { port } = await next<{ port: number }>();
  return {
    port,
    state: async () => {
      const answer = next<{ state: BrokerState }>();
      child.send({});
      return (await answer).state;
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    errors: () => errors,
  };
}

/** Tells its parent the port, its state whenever it is sent a message, and ends with it. */
const script = (broker: URL, limits: Partial<EmbeddedBrokerLimits>) => `
  import { startEmbeddedBroker } from ${JSON.stringify(broker.href)};
  const acl = [{ permission: "allow", action: "all", topic: "#" }];
  const broker = await startEmbeddedBroker({
    host: "127.0.0.1",
    port: 0,
    limits: ${JSON.stringify(limits)},
    decideConnect: async ({ username }) =>
      ({ result: "allow", deviceId: username || "nobody", scheme: "password", acl, clientAttrs: {} }),
    onError: (error) => process.stderr.write((error?.stack ?? String(error)) + "\\n"),
  });
  process.on("message", () => {
    globalThis.gc();
    const { rss, heapUsed } = process.memoryUsage();
    const { system, user } = process.cpuUsage();
    process.send({ state: {
      rss, heapUsed, cpuSeconds: (user + system) / 1e6,
      connections: broker.connections(), counters: broker.counters(),
    } });
  });
  process.on("disconnect", () => process.exit());
  process.send({ port: broker.addresses.tcp.port });
`;

function nextMessage<Message>(child: ChildProcess, errors: () => string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error(`the broker has ended: ${errors()}`));
    child.once("exit", onEnd);
    child.once("message", (message) => {
      child.off("exit", onEnd);
      resolve(message as Message);
    });
  });
}
