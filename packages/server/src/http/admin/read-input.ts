import { type Operation, OperationError } from "../../operations/operation.ts";
import { type AdminRoute, takenNames, takesBody } from "./admin-route.ts";
import { checkNames, meansNothing } from "./check-names.ts";
import { fromQuery, memberNames } from "./from-query.ts";

/** What a request gives: the path's members decoded, the query, the parsed body. */
export interface Given {
  path: Record<string, string>;
  query: URLSearchParams;
  body: unknown;
}

/**
 * The input of the route's operation, put together; the operation itself checks it. Throws `bad_input` for what can only
 * be a misunderstanding: a member that the route sets already, a query beside a body.
 */
export function readInput(route: AdminRoute, { input }: Pick<Operation, "input">, given: Given): unknown {
  const members = takesBody(route) ? fromBody(given) : withoutBody(given, input);
  const taken = takenNames(route);
  const known = memberNames(input).filter((name) => !taken.includes(name));
  checkNames(Object.keys(members), known);
  return { ...members, ...given.path, ...route.fixed };
}

function fromBody({ query, body }: Given): Record<string, unknown> {
  const [inQuery] = query.keys();
  if (inQuery !== undefined) throw meansNothing(inQuery, "give it in the body, as JSON");
  if (body === undefined) return {};
  if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Record<string, unknown>;
  throw new OperationError("bad_input", "the body is not a JSON object", "send an object such as {}");
}

function withoutBody({ query, body }: Given, input: Operation["input"]): Record<string, unknown> {
  if (body === undefined || body === null) return fromQuery(query, input);
  throw new OperationError("bad_input", "a body means nothing here", "give it in the query");
}
