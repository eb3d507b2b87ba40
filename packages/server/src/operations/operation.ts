import type { z } from "zod";
import type { House } from "../open-house.ts";
import { type Role, roles } from "../provisioning/role.ts";

/**
 * One thing an operator can do, the same over the socket of a running server and in a process of its own: input is
 * checked by `input`, the answer is plain JSON.
 */
export interface Operation<Input = unknown, Output = unknown> {
  name: string;
  /** The least role that may do it over the admin API. */
  role: Role;
  /** Only for whoever owns the data folder: over the socket and in a process of its own, never over the admin API. */
  local?: true;
  input: z.ZodType<Input>;
  /** What it changed, for the audit, where its output shows that; `undefined` when it changed nothing. Never a secret. */
  change?(input: Input, output: Output): Change | undefined;
  /**
   * `changed` is for what the output does not show, such as what it was before: to be told once it is done. `by` is for
   * what wants a greater role than the operation does by itself.
   */
  run(house: House, input: Input, changed: ToldChange, by: Actor): Promise<Output> | Output;
}

export { type Role, roles };

/** Who has an operation done; kept with every change. */
export interface Actor {
  /** `cli`, or `api:<name of token>`. */
  name: string;
  role: Role;
}

/** Whoever can open the data folder or its socket owns everything in it. */
export const cliActor: Actor = { name: "cli", role: "admin" };

/** What an operation changed: the device or service, where it is one, and a sentence. */
export interface Change {
  deviceId?: string;
  detail?: string | undefined;
}

/** Keeps what was changed in the audit. Without a detail nothing was, and nothing is kept. */
export type ToldChange = (change: Change) => void;

/** Keeps the types of input and output together where an operation is written. */
export function operation<Input, Output>(definition: Operation<Input, Output>): Operation<Input, Output> {
  return definition;
}

/** An operation that cannot be done; `code` is stable, `next` says what to do. Never holds a secret. */
export class OperationError extends Error {
  override name = "OperationError";
  readonly code: string;
  readonly next: string | undefined;
  constructor(code: string, message: string, next?: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}
