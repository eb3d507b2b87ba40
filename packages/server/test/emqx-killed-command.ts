import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { ourBin } from "../../../bench/node-flags.ts";
import type { EmqxBench } from "./emqx-commands.ts";
import { isChange } from "./emqx-troubles.ts";
import { probeConnect } from "./probe-connect.ts";

/** Starts the real program. */
export function startCommand({ folder }: EmqxBench, command: "apply" | "rollback"): ChildProcess {
  const flags = command === "apply" ? ["--yes", "--no-verify"] : ["--yes"];
  const { PATH = "", HOME = "" } = process.env;
  return spawn(process.execPath, [ourBin, "emqx", command, ...flags], {
    cwd: folder,
    env: { PATH, HOME },
    stdio: "ignore",
  });
}

/**
 * Runs the real program and kills it when EMQX hears of the change of this number; EMQX does it all the same. Whether it
 * was killed: it may have fewer changes to make.
 */
export async function killAt(bench: EmqxBench, command: "apply" | "rollback", step: number): Promise<boolean> {
  const child = startCommand(bench, command);
  const ended = once(child, "close");
  let changes = 0;
  bench.emqx.intercept = async (request) => {
    if (isChange(request) && changes++ === step) {
      child.kill("SIGKILL");
      await ended;
    }
    return undefined;
  };
  const [code, signal] = await ended;
  bench.emqx.intercept = undefined;
  // What it was killed at is done by then.
  await bench.get("/authentication");
  if (code !== 0 && signal !== "SIGKILL") throw new Error(`${command} ended with ${code} at ${step}`);
  return signal === "SIGKILL";
}

/** Unknown clients all the time; gives what they were answered. */
export function probeAllTheTime({ emqx }: EmqxBench): () => Promise<Set<number>> {
  const codes = new Set<number>();
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      codes.add(await probeConnect(emqx.listeners.tcp));
      await sleep(2);
    }
  })();
  return async () => {
    isOver = true;
    await probing;
    return codes;
  };
}
