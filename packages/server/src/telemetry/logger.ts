import { type DestinationStream, destination, type Logger, pino } from "pino";
import { createRenderLogLine } from "./render-log-line.ts";

export type { Logger } from "pino";

export interface LoggerOptions {
  level: "trace" | "debug" | "info" | "warn" | "error";
  /** `auto`: for people on a terminal, JSON lines otherwise. */
  format: "auto" | "json" | "pretty";
}

/** Bytes of log lines that may wait for a slow reader; more are dropped and counted. */
const longestQueue = 8 * 1024 * 1024;

export interface ServiceLog {
  logger: Logger;
  /** Lines lost because nobody read them. */
  dropped(): number;
  /** Writes what still waits, at the end of the process. */
  flush(): void;
}

/**
 * The log on standard output, for people on a terminal or as JSON lines. It is written without waiting: a reader that
 * stalls, be it a pipe or a terminal that was stopped, costs lines and never decisions. Only fields that are built
 * here are logged: no user name, password or token can get in.
 */
export function createLogger(options: LoggerOptions): ServiceLog {
  let dropped = 0;
  const output = destination({ dest: 1, sync: false, maxLength: longestQueue });
  output.on("drop", () => dropped++);
  // Nobody reads any more (closed pipe): the service goes on without a log.
  output.on("error", () => dropped++);
  const flush = () => {
    try {
      output.flushSync();
    } catch {
      dropped++; // not open yet, or the reader is gone
    }
  };
  const forPeople = options.format === "pretty" || (options.format === "auto" && process.stdout.isTTY === true);
  return { logger: create(options.level, forPeople ? renderer(output) : output), dropped: () => dropped, flush };
}

/** Turns JSON lines into lines for people, here and now, so that they come in order with what else is printed. */
function renderer(output: DestinationStream): DestinationStream {
  const { stdout, env } = process;
  const colorize = stdout.isTTY === true && !env.NO_COLOR;
  const render = createRenderLogLine({ colorize, columns: () => (stdout.isTTY ? stdout.columns || 80 : Infinity) });
  return { write: (line) => output.write(render(line)) };
}

function create(level: LoggerOptions["level"], stream: DestinationStream): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, stream);
}
