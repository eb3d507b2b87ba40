import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import { apiPrefix } from "./admin-routes.ts";
import { answerBroken, createListener, type ListenerOptions } from "./create-listener.ts";
import { methodsOf } from "./methods-of.ts";
import { bodyLimit, parseBody } from "./parse-body.ts";
import {
  internalProblem,
  noSuchRoute,
  type Problem,
  problemBody,
  problemOf,
  problemType,
  RequestProblem,
  readyElsewhere,
} from "./problem.ts";

export interface AdminAppOptions extends ListenerOptions {
  onError(error: unknown): void;
}

/** Longest text of a path's member, percent-encoded: an id of 256 characters may take nine bytes for each. */
const maxParamLength = 4096;

/** Fastify as this listener wants it: JSON in, JSON or a problem out. It has no route yet. */
export function createAdminApp(options: AdminAppOptions): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit,
    return503OnClosing: false,
    routerOptions: { maxParamLength, querystringParser: (text) => new URLSearchParams(text) as never },
    serverFactory: (answer) => createListener(answer, options),
    clientErrorHandler: (error, socket) => answerBroken(error, socket as never),
    frameworkErrors: (_error, _request, reply) => sendProblem(reply, badUrl),
    // The operations check their input themselves; compilers for schemas would take 70 ms of the start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (_request, body, done) => {
    try {
      done(null, parseBody(body as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
  app.setNotFoundHandler((request, reply) => sendProblem(reply, notFound(request)));
  app.setErrorHandler((error, _request, reply) => {
    const problem = knownProblem(error);
    if (!problem) options.onError(error);
    return sendProblem(reply, problem ?? internalProblem);
  });
  return app;
}

function noSchemas(): never {
  throw new Error("routes have no schemas");
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  return reply
    .code(problem.status)
    .headers(problem.headers ?? {})
    .type(problemType)
    .send(Buffer.from(problemBody(problem)));
}

const badUrl: Problem = {
  status: 400,
  code: "bad_url",
  detail: "the path is not percent-encoded as it has to be",
  fix: "encode each member of the path as UTF-8, e.g. a/b as a%2Fb",
};

function notFound({ method, url }: FastifyRequest): Problem {
  const path = url.split("?", 1)[0] ?? "";
  const methods = methodsOf(path);
  if (methods.length === 0) return path === "/readyz" ? readyElsewhere : noSuchRoute;
  const detail = `${method} is not possible here; ${inWords(methods)}`;
  const fix = `send ${methods.filter((each) => each !== "HEAD").join(" or ")}; GET ${apiPrefix}/openapi.json lists every route`;
  return { status: 405, code: "method_not_allowed", detail, fix, headers: { allow: methods.join(", ") } };
}

/** `GET is`; `GET, HEAD and POST are`. */
function inWords(names: readonly string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? `${last} is` : `${names.slice(0, -1).join(", ")} and ${last} are`;
}

function knownProblem(error: unknown): Problem | undefined {
  if (error instanceof RequestProblem) return error.problem;
  return problemOf(error) ?? ofFastify(error as { code?: unknown; statusCode?: unknown });
}

/** What Fastify itself refuses. Its texts may quote the request. */
function ofFastify({ code, statusCode }: { code?: unknown; statusCode?: unknown }): Problem | undefined {
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return {
      status: 413,
      code: "body_too_large",
      detail: `the body is larger than ${bodyLimit} bytes`,
      fix: "send less at a time",
    };
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    const fix = "send it as content-type: application/json";
    return { status: 415, code: "not_json", detail: "the body is not sent as JSON", fix };
  }
  if (typeof code !== "string" || !code.startsWith("FST_") || typeof statusCode !== "number" || statusCode >= 500)
    return undefined;
  const fix = "send it as HTTP/1.1, with a body of the length that its head tells";
  return { status: statusCode, code: "bad_request", detail: "the request cannot be read", fix };
}
