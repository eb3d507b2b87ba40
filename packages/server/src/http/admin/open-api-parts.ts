import type { AdminRoute } from "./admin-route.ts";
import { eventStreamRoute, metricsRoute, type PlainRoute } from "./admin-routes.ts";
import { answerSchemaOf } from "./open-api-answers.ts";
import { streamParameters } from "./open-api-stream.ts";
import { problemType } from "./problem.ts";

const text = { type: "string" } as const;

export const components = {
  securitySchemes: {
    accessToken: { type: "http", scheme: "bearer", description: "Made with `connack token add <name> --role <role>`." },
  },
  schemas: {
    Problem: {
      type: "object",
      description: "RFC 9457. `code` is stable, `fix` says what to do.",
      properties: {
        type: text,
        title: text,
        status: { type: "integer" },
        detail: text,
        code: text,
        fix: text,
      },
      required: ["type", "title", "status", "detail", "code"],
    },
  },
  responses: {
    Problem: {
      description: "Why it was refused or cannot be done",
      content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  },
};

const problem = { default: { $ref: "#/components/responses/Problem" } };

/** What is answered to a route that runs an operation. */
export function answers({ madeAt, operation }: AdminRoute): Record<string, unknown> {
  const schema = answerSchemaOf[operation] ?? { type: "object" };
  const content = { "application/json": { schema } };
  if (!madeAt) return { "200": { description: "Done", content }, ...problem };
  const headers = { location: { description: "Path of what was made", schema: text } };
  return { "201": { description: "Made", headers, content }, ...problem };
}

export function plainAnswers(route: PlainRoute): Record<string, unknown> {
  const type = plainTypes.get(route) ?? "application/json";
  const schema = type === "application/json" ? { type: "object" } : text;
  return {
    ...(route === eventStreamRoute && { parameters: streamParameters() }),
    responses: { "200": { description: route.summary, content: { [type]: { schema } } }, ...problem },
  };
}

const plainTypes = new Map([
  [eventStreamRoute, "text/event-stream"],
  [metricsRoute, "text/plain"],
]);
