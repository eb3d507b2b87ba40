import type { z } from "zod";
import type { House } from "../open-house.ts";

/**
 * One thing an operator can do, the same over the socket of a running server and in a process of its own: input is
 * checked by `input`, the answer is plain JSON.
 */
export interface Operation<Input = unknown, Output = unknown> {
  name: string;
  /** The least role that may do it over the admin API. */
  role: Role;
  input: z.ZodType<Input>;
  /** What it changed, for the audit; absent where it changes nothing. Never a secret. */
  change?(input: Input, output: Output): Change;
  run(house: House, input: Input): Promise<Output> | Output;
}

/** viewer: reads. operator: also changes devices. admin: also keys, services, tokens, configuration. */
export const roles = ["viewer", "operator", "admin"] as const;
export type Role = (typeof roles)[number];

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
  detail?: string;
}

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
