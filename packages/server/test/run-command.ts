import { Readable, Writable } from "node:stream";
import { loadCommands } from "../src/commands/commands.ts";
import { runCommandLine } from "../src/commands/run-command-line.ts";
import { cleanEnvironment, type RunResult, runConnack } from "./run-connack.ts";

interface RunOptions {
  cwd: string;
  stdin?: string;
  env?: Record<string, string>;
}

/** Commands that were run as a process by `runCommand`. */
const known = new Set<string>();

/**
 * Runs a command line to its end: as `runConnack` does when its command is the first of that name in a test file, later
 * in this process, which costs a tenth. For services, signals, pipes, terminals and PATH there is `runConnack`.
 */
export async function runCommand(args: readonly string[], options: RunOptions): Promise<RunResult> {
  // All of them are loaded for what names none: help and mistakes.
  const [command, ...others] = await loadCommands(args);
  const name = others.length === 0 ? (command?.name ?? "") : "";
  const alone = command?.isService === true && others.length === 0;
  if (!alone && known.has(name)) return runInProcess(args, options);
  known.add(name);
  return runConnack(args, options);
}

let waiting: Promise<unknown> = Promise.resolve();

/** Runs a command line in this process. One at a time: they share the working directory. */
export function runInProcess(args: readonly string[], options: RunOptions): Promise<RunResult> {
  const result = waiting.then(() => runNow(args, options));
  waiting = result.catch(() => undefined);
  return result;
}

async function runNow(args: readonly string[], { cwd, stdin = "", env }: RunOptions): Promise<RunResult> {
  if (args[0] === "serve") throw new Error("a service wants a process of its own: startConnack");
  const [output, errors] = [collector(), collector()];
  const before = { cwd: process.cwd(), umask: process.umask(0o077) };
  process.chdir(cwd);
  try {
    const surroundings = {
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: output.stream,
      stderr: errors.stream,
      env: cleanEnvironment(env),
      cwd: () => cwd,
    };
    const code = await runCommandLine(args, surroundings);
    return { code, stdout: output.text(), stderr: errors.text() };
  } finally {
    process.chdir(before.cwd);
    process.umask(before.umask);
  }
}

function collector(): { stream: Writable; text(): string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
