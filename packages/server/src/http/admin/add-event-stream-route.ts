import type { FastifyInstance } from "fastify";
import type { AuditEvent } from "../../audit/audit-event.ts";
import type { AuditLog, Missed } from "../../audit/audit-log.ts";
import { eventView } from "../../audit/event-view.ts";
import { followEvents } from "../../audit/follow-events.ts";
import type { House } from "../../open-house.ts";
import { askAudit } from "../../operations/audit-input.ts";
import type { AccessToken } from "../../provisioning/access-tokens.ts";
import { eventStreamRoute } from "./admin-routes.ts";
import type { Authenticate } from "./authenticate.ts";
import { createTurns } from "./create-turns.ts";
import { type EventPosition, formatEventPosition } from "./event-position.ts";
import { RequestProblem } from "./problem.ts";
import { readStreamRequest } from "./read-stream-request.ts";
import { sendEventStream, serverSentEvent } from "./send-event-stream.ts";

export interface EventStreamParts {
  house: Pick<House, "audit" | "accessTokens" | "nowMs" | "config">;
  authenticate: Authenticate;
  heartbeatMs: number;
  onError(error: unknown): void;
}

/** Adds the stream of events. Returns what ends those that are open. */
export function addEventStreamRoute(app: FastifyInstance, parts: EventStreamParts): () => void {
  const { house, authenticate, heartbeatMs, onError } = parts;
  // Other requests have to get through too.
  const most = Math.max(1, Math.floor(house.config.http.admin.maxConnections / 4));
  const open = new Map<AbortController, string>();

  const inTurn = createTurns(readersAtOnce);
  /** The audit with few queries at once: what was kept can be long, and others ask too. */
  const audit: Pick<AuditLog, "query" | "follow" | "flush"> = {
    query: (query) => inTurn(() => house.audit.query(query)),
    follow: (filter) => house.audit.follow(filter),
    flush: () => house.audit.flush(),
  };

  app.get(eventStreamRoute.path, { exposeHeadRoute: false }, async (request, reply) => {
    const token = authenticate(request.raw, eventStreamRoute.role ?? "admin");
    const { filter, since, last } = readStreamRequest(request.query as URLSearchParams, request.headers, house.nowMs());
    if (open.size >= most) throw tooMany(most);
    if ([...open.values()].filter((name) => name === token.name).length >= mostOfToken) throw tooManyOf(token);
    if (reply.raw.closed) return;
    const stop = new AbortController();
    const { signal } = stop;
    const { nowMs } = house;
    open.set(stop, token.name);
    reply.raw.once("close", () => stop.abort("the reader has gone"));
    const unwatch = house.accessTokens.watch(token, () => stop.abort("the access token was removed"));
    const leave = () => {
      open.delete(stop);
      unwatch();
    };
    try {
      const started = { filter, nowMs, signal, ...(since !== undefined && { since }) };
      const items = withoutLast(await askAudit(() => followEvents(audit, started)), last);
      reply.hijack();
      const onHeartbeat = () => isOver(token, nowMs()) && stop.abort("the access token has expired");
      sendEventStream(reply.raw, { items, format, heartbeatMs, onHeartbeat, signal }).catch(onError).finally(leave);
    } catch (error) {
      leave();
      throw error;
    }
  });
  return () => {
    for (const stop of open.keys()) stop.abort("the service stops");
  };
}

/** Streams of one access token. */
const mostOfToken = 8;
/** Queries of the audit that streams have under way at once. */
const readersAtOnce = 2;

function tooManyOf({ name }: AccessToken): RequestProblem {
  const detail = `the token ${name} has ${mostOfToken} event streams open already`;
  const fix = "end one of them, or give each reader a token of its own";
  return new RequestProblem({ status: 429, code: "too_many_streams", detail, fix, headers: { "retry-after": "10" } });
}

function tooMany(most: number): RequestProblem {
  const detail = `${most} event streams are open, a quarter of http.admin.maxConnections`;
  const fix = "end one of them, or raise http.admin.maxConnections";
  return new RequestProblem({ status: 503, code: "too_many_streams", detail, fix, headers: { "retry-after": "10" } });
}

function isOver({ expiresAt }: AccessToken, nowMs: number): boolean {
  return expiresAt !== undefined && expiresAt <= nowMs;
}

function format(item: AuditEvent | Missed): string {
  if ("missed" in item) return serverSentEvent({ event: "missed", data: item });
  return serverSentEvent({ id: formatEventPosition({ at: item.lastAt, id: item.id }), data: eventView(item) });
}

/** The reader has that one: what else happened in the same millisecond it may not have. */
async function* withoutLast(
  items: AsyncGenerator<AuditEvent | Missed, void, undefined>,
  last: EventPosition | undefined,
): AsyncGenerator<AuditEvent | Missed> {
  for await (const item of items) {
    const isLast = !("missed" in item) && item.id === last?.id && item.lastAt === last.at;
    if (!isLast) yield item;
  }
}
