import { type ChildProcess, spawn } from "node:child_process";
import { nodeFlags, ourBin } from "../../../bench/node-flags.ts";
import type { SimulationReport } from "../src/simulator/simulation-report.ts";
import { type RunResult, run } from "./run-connack.ts";

/** As it is run as a program. */
const program = [...nodeFlags(), ourBin, "simulate"];

function environment(): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME };
}

/** `connack simulate` to its end, on the data folder of this working directory. */
export function simulate(cwd: string, args: readonly string[], timeoutMs = 120_000): Promise<RunResult> {
  return run(process.execPath, [...program, ...args], { cwd, env: environment(), timeoutMs });
}

/** The same with its report, and the exit code it has to have. */
export async function simulateReport(
  cwd: string,
  args: readonly string[],
  timeoutMs?: number,
): Promise<{ code: number | null; report: SimulationReport }> {
  const { code, stdout, stderr } = await simulate(cwd, [...args, "--json"], timeoutMs);
  if (stdout === "") throw new Error(`simulate ended with ${code}: ${stderr}`);
  return { code, report: JSON.parse(stdout) as SimulationReport };
}

export interface RunningSimulation {
  /** Resolves once it has said so on standard error. */
  said(text: RegExp): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  ended: Promise<RunResult>;
}

const running = new Set<ChildProcess>();

/** Ends those that a failed test has left running. */
export function killSimulations(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** One that goes on, and can be killed. */
export function startSimulation(cwd: string, args: readonly string[]): RunningSimulation {
  const child: ChildProcess = spawn(process.execPath, [...program, ...args], { cwd, env: environment() });
  running.add(child);
  child.once("close", () => running.delete(child));
  let [stdout, stderr] = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<RunResult>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    ended,
    kill: (signal) => void child.kill(signal),
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (text.test(stderr)) resolve();
        };
        look();
        // After the listener that collects it.
        child.stderr?.on("data", look);
        void ended.then(() => reject(new Error(`it ended and did not say ${text}: ${stderr}`)));
      }),
  };
}
