import type { z } from "zod";
import type { House } from "../open-house.ts";

/**
 * One thing an operator can do, the same over the socket of a running server and in a process of its own: input is
 * checked by `input`, the answer is plain JSON.
 */
export interface Operation<Input = unknown, Output = unknown> {
  name: string;
  input: z.ZodType<Input>;
  run(house: House, input: Input): Promise<Output> | Output;
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
