import { type DestinationStream, destination, type Logger, pino } from "pino";
import pretty from "pino-pretty";

export type { Logger } from "pino";

export interface LoggerOptions {
  level: "trace" | "debug" | "info" | "warn" | "error";
  /** `auto`: for people on a terminal, JSON lines otherwise. */
  format: "auto" | "json" | "pretty";
}

/**
 * The log on standard output. JSON lines are written without waiting: a reader that stalls costs lines, never
 * decisions. Only fields that are built here are logged: no user name, password or token can get in.
 */
export function createLogger(options: LoggerOptions): { logger: Logger; dropped(): number; flush(): void } {
  const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
  let dropped = 0;
  if (options.format === "pretty" || (options.format === "auto" && process.stdout.isTTY)) {
    const stream = pretty({
      colorize: colour,
      ignore: "pid,hostname",
      translateTime: "SYS:HH:MM:ss",
      singleLine: true,
      sync: true,
    });
    return { logger: create(options.level, stream), dropped: () => 0, flush: () => {} };
  }
  const stream = destination({ dest: 1, sync: false, maxLength: 8 * 1024 * 1024 });
  stream.on("drop", () => dropped++);
  // Nobody reads any more (closed pipe): the service goes on without a log.
  stream.on("error", () => dropped++);
  const flush = () => {
    try {
      stream.flushSync();
    } catch {
      dropped++; // not open yet, or the reader is gone
    }
  };
  return { logger: create(options.level, stream), dropped: () => dropped, flush };
}

function create(level: LoggerOptions["level"], stream: DestinationStream): Logger {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters }, stream);
}
