import type { LoadedConfig } from "../config/load-config.ts";

/** What the process ends with; listed in docs/command-line.md. */
export const exitCodes = {
  ok: 0,
  /** The answer is no: a refused credential, an operation the state does not allow. */
  refused: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Nothing to talk to: server, store or port not available. */
  unavailable: 69,
  /** A defect of ours. */
  internal: 70,
  /** What was to be printed could not be written. */
  output: 74,
  /** Configuration, keys or data folder are not as they must be. */
  configuration: 78,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One option: `flags` as commander reads them, e.g. `--group <name>`. */
export interface CommandOption {
  flags: string;
  description: string;
  /** May be given several times. */
  repeatable?: boolean;
  choices?: readonly string[];
}

/** What a command works with; nothing global. */
export interface CommandContext {
  out(text: string | Uint8Array): void;
  /** Resolves when the reader of the output has kept up; at once where it has. For what may be endless. */
  outDrained(): Promise<void>;
  err(text: string): void;
  isTTY: boolean;
  colour: boolean;
  /** How long a row of a table may be: as wide as the terminal, and without end where there is none. */
  columns: number;
  /** How long a line of an error may be: a page on a terminal, and without end where a program may read it. */
  errColumns: number;
  json: boolean;
  /** `--config` as given, to be repeated in lines that people paste. */
  configFile?: string;
  readStdin(): Promise<string>;
  /** The same, for what need not be text. */
  readStdinBytes(): Promise<Buffer>;
  loadConfig(overrides?: Record<string, unknown>): LoadedConfig;
  /** Runs an operation in the running server, or here when none runs. */
  call(operation: string, input: unknown): Promise<unknown>;
}

export interface CommandInput {
  args: string[];
  options: Record<string, string | boolean | string[] | undefined>;
  /** Every option with its value, in the order of the command line; for where that order counts. */
  inOrder?: readonly { option: string; value: string }[];
}

/** A command is data: one file each, all of the same shape. */
export interface Command {
  /** Words as typed: `device add`. */
  name: string;
  summary: string;
  /** Positional arguments as commander reads them: `<id>`, `[token]`. */
  arguments?: readonly { name: string; description: string }[];
  options: readonly CommandOption[];
  /** Lines to try, shown by `--help`. */
  examples: readonly string[];
  /** Runs until it is told to stop: it goes on when nobody reads its output any more. */
  isService?: true;
  run(input: CommandInput, context: CommandContext): Promise<ExitCode>;
}

/** The command line is wrong in a way commander does not see. */
export class UsageError extends Error {
  override name = "UsageError";
}
