import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeFlags, ourBin } from "../../../bench/node-flags.ts";

export interface RunResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Of listeners that no option names: several tests run at once. */
const freePorts = {
  CONNACK_HTTP_ADMIN_PORT: "0",
  CONNACK_BROKERS_EMBEDDED_WEB_SOCKET_PORT: "0",
  CONNACK_BROKERS_EMBEDDED_TLS_PORT: "0",
  CONNACK_BROKERS_EMBEDDED_TLS_WEB_SOCKET_PORT: "0",
};

/** Nothing of the environment of whoever runs the tests may reach the process under test. */
export function cleanEnvironment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...freePorts, ...more };
}

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "connack-test-"));
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs the real command line to its end. */
export function runConnack(
  args: readonly string[],
  options: { cwd: string; stdin?: string; env?: Record<string, string> },
): Promise<RunResult> {
  return run(process.execPath, [ourBin, ...args], { ...options, env: cleanEnvironment(options.env) });
}

/** Runs any program to its end. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; stdin?: string; env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const { cwd, env, timeoutMs = 25_000 } = options;
    const child = spawn(program, args, { ...(cwd !== undefined && { cwd }), ...(env && { env }), timeout: timeoutMs });
    const output = collect(child);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...output() }));
    child.stdin?.on("error", () => {}); // the program may end without reading its input
    child.stdin?.end(options.stdin ?? "");
  });
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return () => ({ stdout, stderr });
}

export interface RunningConnack {
  mqttPort: number;
  httpPort: number;
  folder: string;
  pid: number;
  output(): { stdout: string; stderr: string };
  /** Another command on the same data folder; throws when it fails. The answer of `--json`. */
  json<T = Record<string, unknown>>(...args: string[]): Promise<T>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

/** No server outlives the tests, also when one fails before it stops its own. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

/** Starts the real service on free ports with an own data folder, and waits until it is ready. */
export async function startConnack(
  options: { folder?: string; args?: readonly string[]; env?: Record<string, string> } = {},
): Promise<RunningConnack> {
  const folder = options.folder ?? temporaryFolder();
  const args = [...nodeFlags(), ourBin, "serve", "--http-port", "0", "--mqtt-port", "0", ...(options.args ?? [])];
  const child = spawn(process.execPath, args, { cwd: folder, env: cleanEnvironment(options.env) });
  running.add(child);
  child.once("close", () => running.delete(child));
  const output = collect(child);
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const ready = await Promise.race([readyLine(output), ended.then((code) => ({ ended: code }))]);
  if ("ended" in ready) throw new Error(`connack ended with ${ready.ended}: ${output().stderr}${output().stdout}`);
  return {
    mqttPort: ready.mqtt === undefined ? 0 : Number(new URL(ready.mqtt).port),
    httpPort: Number(new URL(ready.brokers).port),
    folder,
    pid: child.pid as number,
    output,
    async json<T>(...words: string[]) {
      const { runInProcess } = await import("./run-command.ts");
      const result = await runInProcess([...words, "--json"], {
        cwd: folder,
        ...(options.env && { env: options.env }),
      });
      if (result.code !== 0) throw new Error(`connack ${words.join(" ")} ended with ${result.code}: ${result.stderr}`);
      return JSON.parse(result.stdout) as T;
    },
    async kill(signal) {
      child.kill(signal);
      return ended;
    },
  };
}

async function readyLine(output: () => { stdout: string }): Promise<{ mqtt?: string; brokers: string }> {
  for (;;) {
    const line = output()
      .stdout.split("\n")
      .find((each) => /connack (?:is ready|runs, but)/.test(each));
    if (line !== undefined) return JSON.parse(line) as { brokers: string };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
