import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

export interface RunningDevice {
  /** What it printed so far. */
  lines(): string[];
  /** The first line from now or before that matches. */
  line(pattern: RegExp): Promise<string>;
  /** Asks it to end, and waits. The exit code. */
  stop(): Promise<number | null>;
  /** Ends it without a word, as a reset does. */
  kill(): Promise<unknown>;
  /** Waits until it ends by itself. The exit code. */
  ended(): Promise<number | null>;
}

/** No device outlives the tests. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts a device as a process of its own, with nothing of our environment but what is given. */
export function runDevice(program: string, args: readonly string[], env: Record<string, string>): RunningDevice {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const closed = once(child, "close").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  const lines = () => output.split(/\r?\n/).filter((line) => line !== "");
  return {
    lines,
    async line(pattern) {
      for (;;) {
        const found = lines().find((line) => pattern.test(line));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`the device ended with ${child.exitCode}:\n${output}`);
        await sleep(10);
      }
    },
    stop() {
      child.kill("SIGTERM");
      return closed;
    },
    kill() {
      child.kill("SIGKILL");
      return closed;
    },
    ended: () => closed,
  };
}
