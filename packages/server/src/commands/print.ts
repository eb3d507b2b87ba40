import { labelled, pageWidth, printable } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";

export { wrap } from "../terminal/wrap.ts";

/** Columns of a line on standard error: a program that reads it gets whole lines. */
export function errorColumns(): number {
  return process.stderr.isTTY === true ? pageWidth : Infinity;
}

/** A text that stays in one piece, perhaps to be pasted, or pieces that lines may be broken between. */
export type FieldValue = string | readonly string[] | undefined;

/** Lines `name   value`, names padded to the longest; values that are empty or absent are left out. */
export function printFields(context: CommandContext, fields: Record<string, FieldValue>): void {
  const shown = Object.entries(fields).filter(
    (field): field is [string, string | readonly string[]] => field[1] !== undefined && field[1].length > 0,
  );
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  for (const [name, value] of shown) {
    const label = `${name.padEnd(width)}  `;
    context.out(`${typeof value === "string" ? label + printable(value) : labelled(label, value)}\n`);
  }
}

/**
 * A table with a head line; columns are as wide as their widest cell. Where that is wider than the terminal, without
 * the outliers, and the cells of a row that do not fit go to a line of their own. Without a terminal a row is a line.
 */
export function printTable(
  context: CommandContext,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): void {
  const lines = [head, ...rows.map((row) => row.map(printable))];
  const lengths = head.map((_, column) => lines.map((line) => (line[column] ?? "").length));
  const widest = lengths.map((column) => Math.max(...column));
  const fits = widest.reduce((sum, width) => sum + width + 2, -2) <= context.columns;
  const widths = fits ? widest : lengths.map((column) => Math.max(...column.filter((length) => length <= outlier)));
  for (const line of lines) context.out(`${tableRow(line, widths, context.columns)}\n`);
}

const outlier = pageWidth / 2;

function tableRow(cells: readonly string[], widths: readonly number[], columns: number): string {
  const lines: string[] = [];
  let line = "";
  cells.forEach((cell, column) => {
    if (line.trim() !== "" && cell !== "" && line.length + cell.length > columns) {
      lines.push(line.trimEnd());
      line = "    ";
    }
    line += `${cell.padEnd(widths[column] ?? 0)}  `;
  });
  return [...lines, line.trimEnd()].join("\n");
}

export function printJson(context: CommandContext, value: unknown): void {
  context.out(`${JSON.stringify(value, null, 2)}\n`);
}

const codes = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;

export function paint(context: CommandContext, colour: keyof typeof codes, value: string): string {
  return context.colour ? `\u001b[${codes[colour]}m${value}\u001b[0m` : value;
}
