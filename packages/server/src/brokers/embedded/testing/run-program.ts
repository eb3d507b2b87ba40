import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";

export interface Program {
  /** Standard output and error together, so far. */
  output(): string;
  /** Exit code, or null when it was ended by a signal. */
  done: Promise<number | null>;
  stop(): void;
}

/** Starts a program; ended at the end of the test at the latest. */
export function startProgram(command: string, args: readonly string[], stdin = "", cwd?: string): Program {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], cwd });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      output += text;
    });
  }
  const done = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code));
  });
  child.stdin.end(stdin);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await done;
  });
  return { output: () => output, done, stop: () => child.kill("SIGTERM") };
}
