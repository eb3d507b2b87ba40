import { type IncomingMessage, request } from "node:http";
import type { Missed } from "../audit/audit-log.ts";
import type { EventView } from "../operations/audit-query.ts";
import { OperationError } from "../operations/operation.ts";
import { controlSocketPath } from "../state/data-folder-path.ts";

export type StreamedEvent = EventView | Missed;

/** Longer than three of the server's heartbeats. */
const silenceMs = 50_000;

/**
 * The events of the server that runs on this data folder, until it ends or `signal` stops it; `undefined` when none
 * listens. Throws `OperationError`: the server's own, and `no_answer`.
 */
export async function openEventStream(
  folder: string,
  question: URLSearchParams,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamedEvent, void, undefined> | undefined> {
  const response = await ask(folder, question, signal);
  if (response === undefined) return undefined;
  response.setEncoding("utf8");
  if (response.statusCode === 200) return readEvents(response);
  let text = "";
  for await (const chunk of response as AsyncIterable<string>) text += chunk;
  throw refusalFrom(text);
}

function ask(folder: string, question: URLSearchParams, signal: AbortSignal): Promise<IncomingMessage | undefined> {
  return new Promise((resolve, reject) => {
    const path = `/events?${question}`;
    const options = { socketPath: controlSocketPath(folder), path, signal, agent: false };
    const asked = request(options, (response) => {
      asked.setTimeout(0); // from here on it may be us who are slow
      resolve(response);
    });
    asked.setTimeout(silenceMs, () => asked.destroy(noAnswer("the server did not answer")));
    asked.on("error", (error: NodeJS.ErrnoException) => {
      const { code = "", name } = error;
      if (error instanceof OperationError) reject(error);
      else if (absent.has(code) || name === "AbortError") resolve(undefined);
      else reject(noAnswer(`the server cannot be asked (${code})`));
    });
    asked.end();
  });
}

/** Nothing listens, or what listened has gone meanwhile. */
const absent: ReadonlySet<string> = new Set(["ENOENT", "ECONNREFUSED", "ECONNRESET", "EPIPE"]);

/** Ends where the stream ends, however it does: whoever reads it asks again. */
async function* readEvents(response: IncomingMessage): AsyncGenerator<StreamedEvent, void, undefined> {
  const chunks = (response as AsyncIterable<string>)[Symbol.asyncIterator]();
  let rest = "";
  try {
    for (;;) {
      const chunk = await withinSilence(chunks.next());
      if (chunk === undefined) return;
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() as string;
      for (const line of lines) if (line !== "") yield parse(line);
    }
  } finally {
    response.destroy();
  }
}

/** The next chunk; `undefined` when there is none any more, or the server has said nothing for too long. */
async function withinSilence(next: Promise<IteratorResult<string, unknown>>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), silenceMs);
  });
  const chunk = next.then(
    (result) => (result.done === true ? undefined : result.value),
    // The server died in the middle, or we were told to stop.
    (error: NodeJS.ErrnoException) => {
      if (error.name === "AbortError" || absent.has(error.code ?? "")) return undefined;
      throw error;
    },
  );
  try {
    return await Promise.race([chunk, silence]);
  } finally {
    clearTimeout(timer);
  }
}

function parse(line: string): StreamedEvent {
  try {
    return JSON.parse(line) as StreamedEvent;
  } catch {
    throw new OperationError(
      "bad_answer",
      "the server's answer could not be read",
      "are server and command line of the same version?",
    );
  }
}

function refusalFrom(text: string): OperationError {
  const { code, message, next } = parse(text) as unknown as Partial<OperationError>;
  return new OperationError(code ?? "internal_error", message ?? "the server failed", next);
}

function noAnswer(what: string): OperationError {
  return new OperationError("no_answer", what, "connack status");
}
