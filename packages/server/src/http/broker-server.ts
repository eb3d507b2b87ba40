import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { CallbackReply } from "../brokers/broker-adapter.ts";
import type { ConfiguredTls } from "../tls/configured-tls.ts";
import { answerBrokenRequest } from "./answer-broken-request.ts";
import { answerUnknown } from "./answer-unknown.ts";
import type { AuthnRouteParts, DecisionEvent } from "./authn-route.ts";
import { type BrokerRoutesOptions, createBrokerRoutes } from "./broker-routes.ts";
import { limitConnections } from "./connection-slots.ts";
import { createAnswerCallback } from "./direct/answer-callback.ts";
import { answerDirectly } from "./direct/answer-directly.ts";
import { AnswerTurn } from "./direct/answer-turn.ts";
import { createReadPlainHead } from "./direct/plain-head.ts";
import { listenerTlsOptions, tellFailedHandshakes } from "./listener-tls.ts";
import { bodyLimit } from "./read-body.ts";
import { createRefusals } from "./refusals.ts";
import { readRequestTarget } from "./request-target.ts";
import { writeReply } from "./write-reply.ts";

export interface BrokerServerOptions extends BrokerRoutesOptions, AuthnRouteParts {
  /**
   * What a refusal outside `/brokers/` answers: 200 for EMQX 5, 401 for the contract of the older guide. Read for each
   * refusal: it may change.
   */
  readonly denyStatus: 200 | 401;
  /** With it the server speaks HTTPS only. */
  tls?: ConfiguredTls | undefined;
  maxConnections: number;
  onError(error: unknown): void;
  /** Told, in one sentence and seldom, of what an operator should look at. */
  onProblem(sentence: string): void;
  /** Time in ms a request may take from its first byte to its last; default 10 s. */
  requestLimitMs?: number;
}

/**
 * The listener for brokers. Idle connections stay open from our side, whether they asked something or not; a request
 * that is not complete in time is ended (`answerBrokenRequest`), and TCP keep-alive finds peers that are gone.
 */
export function createBrokerServer(options: BrokerServerOptions): Server {
  const limitMs = options.requestLimitMs ?? 10_000;
  const settings = {
    headersTimeout: limitMs,
    requestTimeout: limitMs,
    connectionsCheckingInterval: Math.max(20, Math.ceil(limitMs / 4)),
    keepAliveTimeout: 0,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
    // Node would answer 400, "ask someone else" to EMQX. A missing Host is no allowed host.
    requireHostHeader: false,
  };
  const server = options.tls
    ? createTlsServer({ ...settings, ...listenerTlsOptions(options.tls) })
    : createServer(settings);
  server.maxRequestsPerSocket = 0;
  const refusals = createRefusals(options);
  const slots = limitConnections(server, options);
  const turn = new AnswerTurn();
  const authnParts: AuthnRouteParts = {
    decideConnect: (request) => options.decideConnect(request),
    onDecision: turn.afterwards((event) => tell(event)),
    nowMs: options.nowMs,
  };
  const { routes, callbacks, currentAccess } = createBrokerRoutes(options, authnParts, refusals, slots);

  function tell(event: DecisionEvent): void {
    try {
      options.onDecision(event);
    } catch (error) {
      options.onError(error);
    }
  }

  const failed = (path: string, error: unknown): CallbackReply => {
    options.onError(error);
    refusals.tell("internal_error", "the request could not be answered; the error is in the log");
    return refusals.denyFor(path);
  };
  const answer = (message: IncomingMessage, response: ServerResponse): void => {
    const target = readRequestTarget(message.url ?? "");
    const route = routes.get(target.path);
    const handler = route?.[message.method ?? ""];
    if (!handler) {
      answerUnknown(refusals, message, response, target, route && Object.keys(route).join(", "));
      return;
    }
    Promise.resolve(handler(message, response, target)).catch((error: unknown) => {
      // A connection that broke while its request was read is nobody's error, and there is nobody to answer.
      if (message.destroyed && response.destroyed) return;
      const denial = failed(target.path, error);
      if (response.headersSent) response.destroy();
      else writeReply(response, denial, true);
    });
  };
  answerDirectly(server, {
    turn,
    readHead: createReadPlainHead({ paths: new Set(callbacks.keys()), longestBody: bodyLimit }),
    answer: createAnswerCallback({ callbacks, currentAccess, slots, nowMs: options.nowMs, failed }),
    cutShort: (socket) => answerBrokenRequest(refusals, cutShort, socket),
    patienceMs: Math.max(10, Math.ceil(limitMs / 10)),
  });
  server.on("request", answer);
  // Node would answer 417 to an expectation it does not know; RFC 9110 §10.1.1 lets us pass over it.
  server.on("checkExpectation", answer);
  if (options.tls) tellFailedHandshakes(server, (detail) => refusals.tell("malformed_request", detail));
  server.on("clientError", (error, socket) => answerBrokenRequest(refusals, error, socket as Socket));
  return server;
}

/** As Node's parser calls it. */
const cutShort = Object.assign(new Error("the connection ended within a request"), { code: "HPE_INVALID_EOF_STATE" });
