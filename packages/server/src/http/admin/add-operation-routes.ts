import type { FastifyInstance, FastifyRequest } from "fastify";
import type { House } from "../../open-house.ts";
import type { Operation } from "../../operations/operation.ts";
import { operations, runOperation } from "../../operations/operations.ts";
import type { AccessToken } from "../../provisioning/access-tokens.ts";
import { type AdminRoute, type Made, roleOf } from "./admin-route.ts";
import { adminRoutes, apiPrefix } from "./admin-routes.ts";
import type { Authenticate } from "./authenticate.ts";
import { jsonAnswer, jsonType } from "./json-answer.ts";
import { noSuchRoute, RequestProblem } from "./problem.ts";
import { readInput } from "./read-input.ts";

/** Every route that runs an operation: who asks, with which role, the input, the answer. */
export function addOperationRoutes(app: FastifyInstance, house: House, authenticate: Authenticate): void {
  const byName = new Map(operations.map((each) => [each.name, each]));
  for (const route of Object.values(adminRoutes).flat()) {
    const operation = byName.get(route.operation);
    if (!operation) throw new Error(`${route.path}: there is no operation ${route.operation}`);
    addRoute(app, house, authenticate, route, operation);
  }
}

/** A member of a path as Fastify writes it. */
export const fastifyPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

function addRoute(
  app: FastifyInstance,
  house: House,
  authenticate: Authenticate,
  route: AdminRoute,
  operation: Operation,
): void {
  /** Kept between the two steps of a request. */
  const askedBy = new WeakMap<FastifyRequest, AccessToken>();
  app.route({
    method: route.method,
    url: fastifyPath(apiPrefix + route.path),
    // Before the body is read: it is nobody's business without a good token.
    onRequest: async (request) => {
      askedBy.set(request, authenticate(request.raw, roleOf(route, operation)));
    },
    handler: async (request, reply) => {
      const { name, role } = askedBy.get(request) as AccessToken;
      const path = request.params as Record<string, string>;
      if (Object.values(path).includes("")) throw new RequestProblem(noSuchRoute);
      const query = request.query as URLSearchParams;
      const input = readInput(route, operation, { path, query, body: request.body });
      const output = await runOperation(house, operation.name, input, { name: `api:${name}`, role });
      if (route.madeAt) reply.code(201).header("location", apiPrefix + route.madeAt(output as Made));
      reply.type(jsonType);
      return jsonAnswer(output);
    },
  });
}
