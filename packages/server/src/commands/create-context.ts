import { isUtf8 } from "node:buffer";
import { once } from "node:events";
import { loadConfig } from "../config/load-config.ts";
import { pageWidth, wrap } from "../terminal/wrap.ts";
import { type CommandContext, UsageError } from "./command.ts";
import { callOperation } from "./open-operations.ts";
import { errorColumns } from "./print.ts";
import type { Surroundings } from "./surroundings.ts";

export interface GlobalOptions {
  config?: string;
  data?: string;
  json?: boolean;
}

/** The world for a command. Nothing is read before it is asked for. */
export function createContext(globals: GlobalOptions, surroundings: Surroundings): CommandContext {
  const { stdin, stdout, stderr, env } = surroundings;
  const load: CommandContext["loadConfig"] = (overrides = {}) =>
    loadConfig({
      env,
      cwd: surroundings.cwd(),
      overrides: { ...overrides, ...(globals.data !== undefined && { dataDir: globals.data }) },
      ...(globals.config !== undefined && { file: globals.config }),
    });
  const errColumns = errorColumns();
  const onProblem = (line: string) => void stderr.write(`${wrap(`connack: ${line}`, "", errColumns)}\n`);
  return {
    out: (text) => void stdout.write(text),
    outDrained: () => (stdout.writableNeedDrain ? once(stdout, "drain").then(() => {}) : Promise.resolve()),
    err: (text) => void stderr.write(text),
    isTTY: stdout.isTTY === true,
    colour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    columns: stdout.isTTY === true ? stdout.columns || pageWidth : Infinity,
    errColumns,
    json: globals.json === true,
    ...(globals.config !== undefined && { configFile: globals.config }),
    readStdin: async () => asText(await readAll(stdin)),
    readStdinBytes: () => readAll(stdin),
    loadConfig: load,
    call: (operation, input) => callOperation(load(), operation, input, { onProblem }),
  };
}

async function readAll(stdin: Surroundings["stdin"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function asText(content: Buffer): string {
  if (!isUtf8(content)) throw new UsageError("standard input is not text: encode it, e.g. with base64 -w0");
  return content.toString("utf8");
}
