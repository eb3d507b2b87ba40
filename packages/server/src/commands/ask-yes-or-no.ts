import { createInterface } from "node:readline/promises";
import type { CommandContext } from "./command.ts";

/** Whether somebody sits there who can be asked. */
export function canAsk(context: CommandContext): boolean {
  return context.isTTY && process.stdin.isTTY === true && !context.json;
}

/** Asks at the terminal; anything but a yes is a no. Only where `canAsk`. */
export async function askYesOrNo(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } catch {
    return false; // Ctrl-C, or the end of input
  } finally {
    terminal.close();
  }
}
