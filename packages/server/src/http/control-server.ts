import { chmodSync, rmSync } from "node:fs";
import { type IncomingMessage, Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { AuditLog } from "../audit/audit-log.ts";
import { OperationError } from "../operations/operation.ts";
import { shortSocketPath } from "../state/short-socket-path.ts";
import { jsonSlices } from "./json-slices.ts";
import { streamEvents } from "./stream-events.ts";
import { writeReply } from "./write-reply.ts";

export interface ControlServerOptions {
  path: string;
  run(name: string, input: unknown): Promise<unknown>;
  audit: Pick<AuditLog, "query" | "follow" | "flush">;
  onError(error: unknown): void;
  /** What time it is for the audit, in Unix milliseconds; default: the time. */
  nowMs?(): number;
  /** A reader of events gets an empty line after so long; default 15 s. */
  heartbeatMs?: number;
}

const inputLimit = 1024 * 1024;

/**
 * The command line's way into a running server: a Unix socket only the owner can open. `POST /operations/<name>` with
 * the input as JSON; 200 with the answer, 422 with `{code, message, next}`. `GET /events` is followed until the server
 * is closed. The data folder's lock makes sure that a socket file found there is a dead one.
 */
export async function listenForOperations(options: ControlServerOptions): Promise<Server> {
  const server = new ControlServer((message, response) => {
    respond(options, message, response, server.stopping).catch((error: unknown) => {
      options.onError(error);
      if (response.headersSent) {
        response.destroy(); // the asker sees that the answer is not whole
        return;
      }
      const body = JSON.stringify({ code: "internal_error", message: "the server failed; its log has the error" });
      writeReply(response, { status: 500, contentType: "application/json", body }, true);
    });
  });
  rmSync(options.path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    const mask = process.umask(0o177);
    server.listen(shortSocketPath(options.path), resolve);
    process.umask(mask);
  });
  chmodSync(options.path, 0o600);
  return server;
}

/** Streams have no end of their own: they end when the server is closed, which would wait for them. */
class ControlServer extends Server {
  readonly #stopping = new AbortController();
  readonly stopping = this.#stopping.signal;

  override close(done?: (error?: Error) => void): this {
    this.#stopping.abort();
    return super.close(done);
  }
}

async function respond(
  options: ControlServerOptions,
  message: IncomingMessage,
  response: ServerResponse,
  stopping: AbortSignal,
): Promise<void> {
  const { method, url = "" } = message;
  const [path = "", query = ""] = url.split("?", 2);
  const name = /^\/operations\/([a-z.]+)$/.exec(url)?.[1];
  try {
    if (method === "GET" && path === "/events") {
      const { audit, nowMs = Date.now, heartbeatMs = 15_000 } = options;
      await streamEvents({ audit, nowMs, heartbeatMs, stopping }, new URLSearchParams(query), response);
    } else if (method === "POST" && name !== undefined) {
      await writeJson(response, 200, await options.run(name, await readJson(message)));
    } else {
      const message = "POST /operations/<name>, GET /events";
      await writeJson(response, 404, { code: "no_such_operation", message });
    }
  } catch (error) {
    if (!(error instanceof OperationError)) throw error;
    const { code, message, next } = error;
    await writeJson(response, 422, { code, message, ...(next !== undefined && { next }) });
  }
}

/** A long answer is made and sent slice by slice: logins are answered in between. */
async function writeJson(response: ServerResponse, status: number, value: unknown): Promise<void> {
  const slices = jsonSlices(value);
  const first = slices.next().value ?? "";
  await nextTurn();
  const second = slices.next();
  if (second.done) {
    writeReply(response, { status, contentType: "application/json", body: first });
    return;
  }
  response.writeHead(status, { "content-type": "application/json" });
  try {
    await pipeline(async function* () {
      yield first;
      yield second.value;
      for (const slice of slices) {
        await nextTurn();
        yield slice;
      }
    }, response);
  } catch (error) {
    // the asker has gone: as good as answered
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
}

async function readJson(message: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > inputLimit) throw new OperationError("bad_input", "the input is larger than 1 MiB");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new OperationError("bad_input", "the input is not JSON");
  }
}
