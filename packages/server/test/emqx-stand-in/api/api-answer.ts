import { descendingJson } from "../json.ts";

/** What an endpoint answers. `body` goes out as JSON unless there is `text`. */
export interface ApiAnswer {
  status: number;
  body?: unknown;
  text?: string;
  contentType?: string;
  headers?: Record<string, string>;
}

export const ok = (body: unknown): ApiAnswer => ({ status: 200, body });
export const created = (body: unknown): ApiAnswer => ({ status: 201, body });
export const noContent: ApiAnswer = { status: 204 };
/** Cowboy's own failures have neither body nor content type. */
export const empty = (status: number): ApiAnswer => ({ status });

export function failure(status: number, code: string, message: string, more: object = {}): ApiAnswer {
  return { status, body: { code, message, ...more } };
}

export const badRequest = (message: string): ApiAnswer => failure(400, "BAD_REQUEST", message);
export const notFound = (message: string): ApiAnswer => failure(404, "NOT_FOUND", message);

/** A stack trace as Erlang prints it, shortened: 5.8.0 answers bad input with these in several places. */
export const internalError = (reason: string): ApiAnswer =>
  failure(500, "INTERNAL_ERROR", `${reason}, [{stack,trace}]`);

/** EMQX's validation errors: the message is a JSON text with its keys in descending order. */
export function invalid(problem: object): ApiAnswer {
  return badRequest(descendingJson(problem));
}

const page = "<html><head><title>404 - NOT FOUND</title></head><body><h1>404 - NOT FOUND</h1></body></html>";
export const unknownPath: ApiAnswer = { status: 404, text: page, contentType: "text/html" };
