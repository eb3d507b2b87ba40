import { ConfigError } from "../config/config-error.ts";
import { OperationError } from "../operations/operation.ts";
import { RefusedKey } from "../provisioning/prepare-key.ts";
import { UnusableFolder } from "../state/data-folder-path.ts";
import { FolderInUse } from "../state/folder-lock.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { type CommandContext, type ExitCode, exitCodes, UsageError } from "./command.ts";
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
    context.err(`${paint(context, "red", "connack:")} ${report.message}\n`);
    if (report.next !== undefined) context.err(`Next: ${report.next}\n`);
  }
  return exit;
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
  if (error instanceof OperationError)
    return { code: error.code, message: error.message, next: error.next, exit: operationExit(error.code) };
  return describeSystemError(error);
}

function operationExit(code: string): ExitCode {
  if (code === "bad_input") return exitCodes.usage;
  if (unavailable.has(code)) return exitCodes.unavailable;
  return code === "internal_error" ? exitCodes.internal : exitCodes.refused;
}

const unavailable: ReadonlySet<string> = new Set(["store_unavailable", "no_answer", "bad_answer"]);

function describeSystemError(error: unknown): Report {
  const { code, port, path, message, stack } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE" || (code === "EACCES" && port !== undefined)) {
    const what = code === "EADDRINUSE" ? "is taken" : "may not be opened by this user";
    return {
      code,
      message: `port ${port} ${what}${holders[port ?? 0] ?? ""}`,
      next: movers[port ?? 0] ?? "choose another port",
      exit: exitCodes.unavailable,
    };
  }
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

/** Who usually has our ports: 1883 and 8003 are also xiaozhi-server's and other brokers' numbers. */
const holders: Record<number, string> = {
  1883: ", probably by another MQTT broker (Mosquitto, EMQX, xiaozhi's gateway)",
  8003: ", probably by xiaozhi-server or another connack",
};
const movers: Record<number, string> = {
  1883: "stop it, or: connack serve --mqtt-port 1884 (brokers.embedded.port), or --no-embedded-broker",
  8003: "stop it, or: connack serve --http-port 8103 (http.brokers.port)",
};
