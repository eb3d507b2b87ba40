import type { IncomingMessage, ServerResponse } from "node:http";
import type { DenyReason } from "@connack/credentials";
import { deny } from "../authn/deny.ts";
import type { CallbackReply } from "../brokers/broker-adapter.ts";
import type { AuthnRouteParts } from "./authn-route.ts";
import { createDenyFor, type DenyForOptions } from "./deny-for.ts";
import { pathForLog, type RequestTarget } from "./request-target.ts";
import { writeReply } from "./write-reply.ts";

export interface RefusalOptions extends DenyForOptions, Pick<AuthnRouteParts, "onDecision"> {
  onError(error: unknown): void;
}

/** Refusals of what never became a question to `decideConnect`: answered as a denial, and told with the reason. */
export interface Refusals {
  denyFor(path: string): CallbackReply;
  refuse(message: IncomingMessage, response: ServerResponse, target: RequestTarget, problem: string): void;
  /** Tells without answering. `detail` holds nothing of a query or a body: passwords are there. */
  tell(reason: DenyReason, detail: string): void;
}

export function createRefusals(options: RefusalOptions): Refusals {
  const denyFor = createDenyFor(options);
  const tell = (reason: DenyReason, detail: string) => {
    try {
      options.onDecision({ broker: "http", decision: deny(reason, detail), request: undefined, latencyMs: 0 });
    } catch (error) {
      options.onError(error);
    }
  };
  return {
    denyFor,
    tell,
    refuse(message, response, { path }, problem) {
      message.resume();
      writeReply(response, denyFor(path));
      const from = message.socket.remoteAddress ?? "?";
      tell("malformed_request", `${message.method} ${pathForLog(path)} from ${from}: ${problem}`);
    },
  };
}
