import { setImmediate as nextTurn } from "node:timers/promises";
import { type Operation, roles } from "../../operations/operation.ts";
import { operations } from "../../operations/operations.ts";
import { type AdminRoute, roleOf } from "./admin-route.ts";
import { adminRoutes, apiPrefix, type PlainRoute, plainRoutes } from "./admin-routes.ts";
import { answerSchemas } from "./open-api-answers.ts";
import { describeInput } from "./open-api-input.ts";
import { answers, components, plainAnswers } from "./open-api-parts.ts";

/** An object of OpenAPI 3.1.0. */
export type OpenApiObject = { [member: string]: unknown };

/**
 * The admin API as OpenAPI 3.1.0, from the schemas that check the input of the operations. What they answer is described
 * in `open-api-answers.ts`. Made in several turns of the event loop; keep the result.
 */
export async function openApiDocument(): Promise<OpenApiObject> {
  const byName = new Map(operations.map((each) => [each.name, each]));
  const paths: Record<string, OpenApiObject> = {};
  const schemas: Record<string, unknown> = {};
  for (const [tag, routes] of Object.entries(adminRoutes)) {
    for (const route of routes) {
      const operation = byName.get(route.operation);
      if (!operation) continue;
      await nextTurn();
      const path = apiPrefix + route.path;
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: describe(tag, route, operation, schemas) };
    }
  }
  for (const route of plainRoutes) paths[route.path] = { get: describePlain(route) };
  return {
    openapi: "3.1.0",
    info: { title: "Connack admin API", version: apiVersion, description: about },
    servers: [{ url: "/" }],
    tags: [...Object.keys(adminRoutes), plainTag].map((name) => ({ name })),
    security: [{ accessToken: [] }],
    paths,
    components: { ...components, schemas: { ...components.schemas, ...answerSchemas, ...schemas } },
  };
}

/** As in the paths. */
const apiVersion = "1";

const plainTag = "The service";

const about =
  "Ids in paths are percent-encoded, also their `/` and `:`. Lists are answered in pages: give `next` of one as `after` " +
  `of the following. Roles: ${roles.join(" < ")}; each holds what the one before it may do.`;

function describe(tag: string, route: AdminRoute, operation: Operation, schemas: Record<string, unknown>) {
  return {
    operationId: operationId(route),
    tags: [tag],
    summary: route.summary,
    description: `Operation \`${operation.name}\`. Role: ${roleOf(route, operation)}.`,
    "x-connack-role": roleOf(route, operation),
    ...describeInput(route, operation, schemas),
    responses: answers(route),
  };
}

function describePlain(route: PlainRoute): OpenApiObject {
  const { path, role, summary } = route;
  return {
    operationId: operationId({ method: "GET", path: path.replace(apiPrefix, "") }),
    tags: [plainTag],
    summary,
    ...(role === undefined ? { security: [] } : { "x-connack-role": role }),
    ...plainAnswers(route),
  };
}

/** `getDevicesId`, by method and path: unique, and stable as long as these are. */
function operationId({ method, path }: Pick<AdminRoute, "method" | "path">): string {
  const words = path.split(/[^A-Za-z]+/).filter((word) => word !== "");
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
