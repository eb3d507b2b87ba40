import type { IncomingMessage, ServerResponse } from "node:http";
import type { Refusals } from "./refusals.ts";
import type { RequestTarget } from "./request-target.ts";
import { writeReply } from "./write-reply.ts";

/** Whether a request carries anything that may be a login, in its query or its body. */
export function asksSomething(message: IncomingMessage, target: RequestTarget): boolean {
  const { "content-length": length = "0", "transfer-encoding": coding } = message.headers;
  return target.hasQuery || length !== "0" || coding !== undefined;
}

/**
 * A request without a route. What may be a login is a denial: to EMQX a 404 or 405 means "ask someone else". Only a
 * request that asks nothing, outside `/brokers/`, is told what is wrong with it. `allow`: the methods the path has.
 */
export function answerUnknown(
  refusals: Refusals,
  message: IncomingMessage,
  response: ServerResponse,
  target: RequestTarget,
  allow: string | undefined,
): void {
  const problem = allow === undefined ? "no such path" : `allowed here: ${allow}`;
  if (message.method === "POST" || target.path.startsWith("/brokers/") || asksSomething(message, target)) {
    refusals.refuse(message, response, target, problem);
    return;
  }
  message.resume();
  if (allow !== undefined) response.setHeader("allow", allow);
  const status = allow === undefined ? 404 : 405;
  writeReply(response, { status, contentType: "text/plain; charset=utf-8", body: `${problem}\n` });
}
