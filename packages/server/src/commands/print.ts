import type { CommandContext } from "./command.ts";

/** Lines `name   value`, names padded to the longest; values that are empty or absent are left out. */
export function printFields(context: CommandContext, fields: Record<string, string | undefined>): void {
  const shown = Object.entries(fields).filter(
    (field): field is [string, string] => field[1] !== undefined && field[1] !== "",
  );
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  for (const [name, value] of shown) context.out(`${name.padEnd(width)}  ${printable(value)}\n`);
}

/** A table with a head line; columns are as wide as their widest cell. */
export function printTable(
  context: CommandContext,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? "").length)));
  for (const line of lines) {
    context.out(
      `${line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Peers choose client ids and names: what could steer a terminal is shown as its code. */
export function printable(value: string): string {
  return value.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

export function printJson(context: CommandContext, value: unknown): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`);
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export function paint(context: CommandContext, colour: keyof typeof codes, value: string): string {
  return context.colour ? `\u001b[${codes[colour]}m${value}\u001b[0m` : value;
}

/** Breaks a text at spaces so that it fits a terminal of `width` columns behind an indent. */
export function wrap(value: string, indent = "", width = 80): string {
  const lines: string[] = [];
  let line = "";
  for (const word of printable(value).split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join("\n");
}
