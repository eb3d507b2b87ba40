import { prettyFactory } from "pino-pretty";
import { jsonPieces, pack } from "../terminal/wrap.ts";

export interface RenderLogLineOptions {
  colorize: boolean;
  /** Of the terminal just now; Infinity where there is none. */
  columns(): number;
}

/**
 * A JSON line of the log as people read it: time, level and message, and the fields behind it, or below it where they
 * do not fit.
 */
export function createRenderLogLine({ colorize, columns }: RenderLogLineOptions): (line: string) => string {
  const options = { colorize, ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss", singleLine: true };
  const onOneLine = prettyFactory(options);
  const head = prettyFactory({ ...options, hideObject: true });
  const dim = (text: string) => (colorize ? `\u001b[2m${text}\u001b[0m` : text);
  return (line) => {
    const { level: _level, time: _time, msg: _msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
    const whole = onOneLine(line) ?? "";
    const width = columns();
    // A stack keeps the form in which errors are reported.
    if ("err" in fields || withoutColours(whole).trimEnd().length <= width) return whole;
    const words = (head(line) ?? "").trimEnd().split(" ");
    const below = Object.keys(fields).length === 0 ? "" : `${dim(pack(jsonPieces(fields), indent, width))}\n`;
    return `${pack(words, indent, width).trimStart()}\n${below}`;
  };
}

const indent = "    ";

function withoutColours(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  return text.replace(/\u001b\[\d+m/g, "");
}
