import { OperationError } from "../../operations/operation.ts";

/** Where a reader of the stream was. */
export interface EventPosition {
  /** Unix milliseconds. */
  at: number;
  id: number;
}

/** The `id` of a server-sent event, which a reader gives back as `Last-Event-ID`. */
export function formatEventPosition({ at, id }: EventPosition): string {
  return `${at}-${id}`;
}

/** Throws `bad_input` for what no event of ours had as its id. */
export function parseEventPosition(text: string): EventPosition {
  const [, at, id] = /^(\d{1,15})-(\d{1,16})$/.exec(text) ?? [];
  if (at !== undefined && id !== undefined) return { at: Number(at), id: Number(id) };
  throw new OperationError("bad_input", "Last-Event-ID is not the id of an event", "leave it out, and give since");
}
