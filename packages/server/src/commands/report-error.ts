import { ConfigError } from "../config/config-error.ts";
import { OperationError } from "../operations/operation.ts";
import { RefusedKey } from "../provisioning/prepare-key.ts";
import { BackupProblem } from "../state/backup/backup-problem.ts";
import { UnusableFolder } from "../state/data-folder-path.ts";
import { FolderInUse } from "../state/folder-lock.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { wrapLines } from "../terminal/wrap.ts";
import { type CommandContext, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { ListenProblem } from "./listen-problem.ts";
import { paint } from "./print.ts";

interface Report {
  code: string;
  message: string;
  next?: string | undefined;
  exit: ExitCode;
}

/** Says what is wrong and what to do, on standard error (as JSON with --json), and gives the exit code. */
export function reportError(error: unknown, context: CommandContext): ExitCode {
  const { exit, ...report } = describe(error);
  if (context.json) context.err(`${JSON.stringify({ error: report })}\n`);
  else {
    const text = pageOf(context, report).replace(/^connack:/, (name) => paint(context, "red", name));
    context.err(`${text}\n`);
  }
  return exit;
}

function pageOf({ errColumns }: CommandContext, { code, message, next }: Omit<Report, "exit">): string {
  const lines = [`connack: ${message}`, ...(next === undefined ? [] : [`Next: ${next}`])].join("\n");
  // A stack is for whoever gets the report: it stays as it is.
  return wrapLines(lines, code === "internal_error" ? Infinity : errColumns);
}

function describe(error: unknown): Report {
  if (error instanceof UsageError)
    return { code: "usage", message: error.message, next: "add --help", exit: exitCodes.usage };
  if (error instanceof ConfigError)
    return { code: "configuration", message: error.message, exit: exitCodes.configuration };
  if (error instanceof RefusedKey) {
    return { code: error.judgement.problem, message: error.message, exit: exitCodes.configuration };
  }
  if (error instanceof DamagedFolder || error instanceof UnusableFolder)
    return { code: "data_folder", message: error.message, exit: exitCodes.configuration };
  if (error instanceof FolderInUse) {
    return {
      code: "data_folder_in_use",
      message: error.message,
      next: "stop it, or choose another data folder with --data",
      exit: exitCodes.unavailable,
    };
  }
  if (error instanceof ListenProblem)
    return { code: error.code, message: error.message, next: error.next, exit: exitCodes.unavailable };
  if (error instanceof OperationError || error instanceof BackupProblem)
    return { code: error.code, message: error.message, next: error.next, exit: operationExit(error.code) };
  return describeSystemError(error);
}

function operationExit(code: string): ExitCode {
  if (code === "bad_input") return exitCodes.usage;
  if (code === "configuration") return exitCodes.configuration;
  if (unavailable.has(code)) return exitCodes.unavailable;
  return code === "internal_error" ? exitCodes.internal : exitCodes.refused;
}

const unavailable: ReadonlySet<string> = new Set([
  "store_unavailable",
  "no_room",
  "audit_unavailable",
  "no_answer",
  "bad_answer",
  "not_running",
  "no_embedded_broker",
  "no_plain_listener",
  "broker_unreachable",
  "connection_over",
]);

function describeSystemError(error: unknown): Report {
  const { code, path, message, stack } = error as NodeJS.ErrnoException;
  if (typeof code === "string" && /^E[A-Z]+$/.test(code)) {
    return { code, message: `${path ?? "file system"}: ${message}`, exit: exitCodes.unavailable };
  }
  return {
    code: "internal_error",
    message: `unexpected error: ${stack ?? String(error)}`,
    next: "please report this",
    exit: exitCodes.internal,
  };
}
