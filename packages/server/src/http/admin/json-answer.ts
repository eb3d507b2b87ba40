import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { jsonSlices } from "../json-slices.ts";

/** JSON has no charset (RFC 8259 §11); Fastify would add one to a text. */
export const jsonType = "application/json";

/** The JSON of an answer: in one piece where it is short, else a stream that leaves the event loop to logins in between. */
export async function jsonAnswer(value: unknown): Promise<Buffer | Readable> {
  const slices = jsonSlices(value);
  const first = slices.next().value ?? "";
  await nextTurn();
  const second = slices.next();
  if (second.done) return Buffer.from(first);
  return Readable.from(inTurns(first, second.value, slices), { objectMode: false, highWaterMark: 64 * 1024 });
}

async function* inTurns(first: string, second: string, rest: Iterable<string>): AsyncGenerator<string> {
  yield first;
  yield second;
  for (const slice of rest) {
    await nextTurn();
    yield slice;
  }
}
