import { type OneAfterAnother, oneAfterAnother } from "../state/one-after-another.ts";

interface Line {
  inTurn: OneAfterAnother;
  waiting: number;
}

/** By what the changes are made in, and by what they change; a line is forgotten when nobody stands in it. */
const lines = new WeakMap<object, Map<string, Line>>();

/**
 * Runs a change that reads, thinks and writes, when those given before it for the same thing have ended: of two at once
 * the second would undo the first, which has been acknowledged. `where` holds the things, `what` names one.
 */
export async function changeInTurn<Value>(where: object, what: string, change: () => Promise<Value>): Promise<Value> {
  const here = lines.get(where) ?? new Map<string, Line>();
  lines.set(where, here);
  const line = here.get(what) ?? { inTurn: oneAfterAnother(), waiting: 0 };
  here.set(what, line);
  line.waiting++;
  try {
    return await line.inTurn(change);
  } finally {
    line.waiting--;
    if (line.waiting === 0) here.delete(what);
  }
}

/** Name for `changeInTurn` of a device or service; groups have their own. */
export const entryNamed = (id: string): string => `entry ${id}`;
export const groupNamed = (group: string): string => `group ${group}`;
