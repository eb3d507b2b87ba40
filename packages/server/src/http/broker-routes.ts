import type { IncomingMessage, ServerResponse } from "node:http";
import type { BrokerAdapter, CallbackReply } from "../brokers/broker-adapter.ts";
import { emqxAdapter } from "../brokers/emqx/adapter.ts";
import { madeFrom } from "../config/made-from.ts";
import { asksSomething } from "./answer-unknown.ts";
import { type AuthnRouteParts, answerAuthn } from "./authn-route.ts";
import { type AuthzRouteParts, answerAuthz } from "./authz-route.ts";
import { type BrokerAccess, type BrokerAccessOptions, createBrokerAccess, type Demand } from "./broker-access.ts";
import type { ConnectionSlots } from "./connection-slots.ts";
import { answerEvents, type EventsRouteParts, isTelling, type TellingAdapter } from "./events-route.ts";
import { type Readiness, readinessReply } from "./health-route.ts";
import { readBody } from "./read-body.ts";
import type { AnswerCallback } from "./read-callback.ts";
import type { Refusals } from "./refusals.ts";
import type { RequestTarget } from "./request-target.ts";
import { writeReply } from "./write-reply.ts";

export interface BrokerRoutesOptions extends AuthzRouteParts, EventsRouteParts {
  /** Read for each request: another object is another rule. */
  readonly access: BrokerAccessOptions;
  adapters: readonly BrokerAdapter[];
  readiness(): Readiness;
}

type Handler = (message: IncomingMessage, response: ServerResponse, target: RequestTarget) => void | Promise<void>;

/** Handlers by path and method. */
export type BrokerRoutes = ReadonlyMap<string, Readonly<Record<string, Handler>>>;

/** What brokers ask with a POST that is answered when it is complete. */
export interface BrokerCallback {
  demand: Demand;
  answer: AnswerCallback;
  /** The status its reply is sent with. */
  statusOf(reply: CallbackReply): number;
}

/** `/mqtt/auth`, `/brokers/<name>/authn`, `/authz` and `/events` for each adapter, `/healthz` and `/readyz`. */
export function createBrokerRoutes(
  options: BrokerRoutesOptions,
  authnParts: AuthnRouteParts,
  refusals: Refusals,
  slots: ConnectionSlots,
): { routes: BrokerRoutes; callbacks: ReadonlyMap<string, BrokerCallback>; currentAccess(): BrokerAccess } {
  const currentAccess = madeFrom(() => options.access, createBrokerAccess);
  const callbacks = new Map<string, BrokerCallback>();
  const callback = (path: string, demand: Demand, answer: AnswerCallback): Handler => {
    const statusOf = (reply: CallbackReply) => {
      const denial = refusals.denyFor(path);
      return (reply.body === denial.body ? denial : reply).status;
    };
    callbacks.set(path, { demand, answer, statusOf });
    return async (message, response) => {
      const access = currentAccess()(message, demand);
      if (access.caller !== "stranger") slots.keep(message.socket);
      const body = await readBody(message);
      const contentType = message.headers["content-type"];
      const reply = await answer(access, { contentType, body, readAt: performance.now() });
      writeReply(response, reply, !body.ok && body.closeConnection, statusOf(reply));
    };
  };
  const authn = (path: string, adapter: BrokerAdapter, demand: Demand) =>
    callback(path, demand, (access, message) => answerAuthn(authnParts, adapter, access, message));
  const authz = (path: string, adapter: BrokerAdapter) =>
    callback(path, "token", (access, message) => answerAuthz(options, adapter, access, message));
  const events = (path: string, adapter: TellingAdapter) =>
    callback(path, "token", (access, message) => answerEvents(options, adapter, access, message));
  const health: Handler = (message, response) => replyText(message, response, "ok\n");
  const readyz: Handler = (message, response) => {
    message.resume();
    const readiness = options.readiness();
    const mayKnow = currentAccess()(message, "token or place").caller !== "stranger";
    const warnings = [...readiness.warnings, ...slots.warnings()];
    writeReply(response, readinessReply({ ...readiness, warnings }, mayKnow));
  };
  const routes = new Map<string, Record<string, Handler>>();
  routes.set("/mqtt/auth", {
    GET: (message, response, target) => {
      if (!asksSomething(message, target)) return replyText(message, response, statusText);
      // EMQX set to `method: get` puts the login into the query. A password has no place in a URL: refused.
      refusals.refuse(message, response, target, "a login by GET; the broker has to be set to POST");
    },
    POST: authn("/mqtt/auth", emqxAdapter, "token or place"),
    OPTIONS: answerPreflight,
  });
  for (const adapter of options.adapters) {
    const of = `/brokers/${adapter.name}`;
    routes.set(`${of}/authn`, { POST: authn(`${of}/authn`, adapter, "token") });
    routes.set(`${of}/authz`, { POST: authz(`${of}/authz`, adapter) });
    if (isTelling(adapter)) routes.set(`${of}/events`, { POST: events(`${of}/events`, adapter) });
  }
  routes.set("/healthz", { GET: health, HEAD: health });
  routes.set("/readyz", { GET: readyz, HEAD: readyz });
  return { routes, callbacks, currentAccess };
}

const statusText =
  "MQTT Auth: ready to answer\nPOST here: clientid (or client_id), username, password as JSON or form\n";

/** A preflight is answered, never taken for a login, and allows no other origin. Never 204: to EMQX that is "allow". */
function answerPreflight(message: IncomingMessage, response: ServerResponse): void {
  response.setHeader("allow", "GET, POST, OPTIONS");
  replyText(message, response, "allowed here: GET, POST, OPTIONS\n");
}

function replyText(message: IncomingMessage, response: ServerResponse, body: string): void {
  message.resume();
  writeReply(response, { status: 200, contentType: "text/plain; charset=utf-8", body });
}
