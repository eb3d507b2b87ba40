import type { FastifyInstance } from "fastify";
import type { House } from "../../open-house.ts";
import { aliveRoute, metricsRoute, openApiRoute } from "./admin-routes.ts";
import type { Authenticate } from "./authenticate.ts";
import { jsonType } from "./json-answer.ts";
import { openApiDocument } from "./open-api-document.ts";

const alive = Buffer.from('{"status":"ok"}');

/** What is no operation, and no stream. */
export function addPlainRoutes(
  app: FastifyInstance,
  house: Pick<House, "config" | "metrics">,
  authenticate: Authenticate,
): void {
  let document: Promise<Buffer> | undefined;
  app.get(openApiRoute.path, async (_request, reply) => {
    document ??= openApiDocument().then((made) => Buffer.from(JSON.stringify(made)));
    return reply.type(jsonType).send(await document);
  });

  app.get(aliveRoute.path, (_request, reply) => reply.type(jsonType).send(alive));

  app.get(metricsRoute.path, async (request, reply) => {
    if (!house.config.http.admin.metricsWithoutToken) authenticate(request.raw, metricsRoute.role ?? "admin");
    const { contentType, body } = await house.metrics.render();
    return reply.type(contentType).send(body);
  });
}
