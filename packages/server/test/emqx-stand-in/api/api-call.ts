import type { StandInNode } from "../stand-in-node.ts";
import type { ApiAnswer } from "./api-answer.ts";

/** One request of the API, read. */
export interface ApiCall {
  method: string;
  /** What stood in the path's places, decoded once. */
  params: Record<string, string>;
  query: URLSearchParams;
  /** Parsed JSON, the text of other types, `undefined` for none. */
  body: unknown;
  headers: Record<string, string | undefined>;
  /** Who calls, once it is known. */
  caller?: { kind: "bearer"; username: string; token: string } | { kind: "key" };
}

export type Handler = (node: StandInNode, call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;

/** A path below `/api/v5`, with `:name` for what changes, and what its methods do. */
export interface Route {
  path: string;
  methods: Record<string, Handler>;
  /** May be called by anybody. */
  open?: true;
  /** Which area an API key may not enter, e.g. `users`. */
  bearerOnly?: string;
  /** Takes bodies that are no JSON. */
  anyBody?: true;
}
