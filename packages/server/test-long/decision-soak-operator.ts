import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { EventView } from "../src/operations/audit-query.ts";
import type { RunningConnack } from "../test/run-connack.ts";

const entry = fileURLToPath(new URL("../bin/connack.js", import.meta.url));

export interface Watching {
  /** Events told so far. */
  told(): number;
  /** Those that it said were left out. */
  missed(): number;
  /** From a decision until it was told of, in milliseconds. */
  delays(): readonly number[];
  /** Ctrl-C; gives back the exit code. */
  stop(): Promise<number | null>;
}

/** `connack watch` for the refusals of one device; it follows as soon as its process has started. */
export function watchRefusals(folder: string, deviceId: string): Watching {
  const { PATH = "", HOME = "" } = process.env;
  const args = [entry, "watch", "--json", "--device", deviceId, "--result", "deny"];
  const child = spawn(process.execPath, args, { cwd: folder, env: { PATH, HOME } });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const delays: number[] = [];
  let missed = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const event = JSON.parse(line) as EventView | { missed: number };
    if ("missed" in event) missed += event.missed;
    else delays.push(Date.now() - Date.parse(event.time));
  });
  child.stderr.pipe(process.stderr);
  return {
    told: () => delays.length,
    missed: () => missed,
    delays: () => delays,
    stop() {
      child.kill("SIGINT");
      return ended;
    },
  };
}

/** A command from its start until its end, in milliseconds. It throws when the command fails. */
export async function timed<Answer>(
  server: RunningConnack,
  ...words: string[]
): Promise<{ ms: number; answer: Answer }> {
  const begin = performance.now();
  const answer = await server.json<Answer>(...words);
  return { ms: performance.now() - begin, answer };
}
