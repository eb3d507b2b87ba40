import type { Operation } from "../../operations/operation.ts";
import { type AdminRoute, pathNames, takenNames, takesBody } from "./admin-route.ts";
import { inputSchema, type JsonSchema } from "./input-schema.ts";

/**
 * Parameters and body of a route. What a schema refers to in itself is put into `schemas`, under a name of its own: in
 * an OpenAPI document `#` is the whole document.
 */
export function describeInput(route: AdminRoute, operation: Operation, schemas: Record<string, unknown>): JsonSchema {
  const { $defs = {}, ...schema } = withOwnNames(inputSchema(operation), operation.name);
  Object.assign(schemas, $defs);
  const properties = (schema.properties ?? {}) as Record<string, JsonSchema>;
  const required = (schema.required ?? []) as string[];
  const names = Object.keys(properties).filter((name) => !takenNames(route).includes(name));
  const parameters = pathNames(route).map((name) => parameter("path", name, properties[name], true));
  if (!takesBody(route)) {
    parameters.push(...names.map((name) => parameter("query", name, properties[name], required.includes(name))));
    return parameters.length === 0 ? {} : { parameters };
  }
  const needed = required.filter((name) => names.includes(name));
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(names.length > 0 && {
      requestBody: {
        required: needed.length > 0,
        content: {
          "application/json": {
            schema: {
              type: "object",
              properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
              ...(needed.length > 0 && { required: needed }),
              additionalProperties: false,
            },
          },
        },
      },
    }),
  };
}

function parameter(place: "path" | "query", name: string, schema: JsonSchema | undefined, required: boolean) {
  return { name, in: place, required, schema: schema ?? { type: "string" } };
}

/** `#/$defs/x` becomes `#/components/schemas/<operation>_x`. */
function withOwnNames(schema: JsonSchema, operation: string): JsonSchema {
  if (!("$defs" in schema)) return schema;
  const prefix = `${operation.replace(/[^A-Za-z0-9]/g, "_")}_`;
  const renamed = JSON.stringify(schema, (name, value) => {
    if (name === "$ref" && typeof value === "string")
      return value.replace("#/$defs/", `#/components/schemas/${prefix}`);
    if (name !== "$defs") return value;
    return Object.fromEntries(Object.entries(value as object).map(([each, found]) => [prefix + each, found]));
  });
  return JSON.parse(renamed) as JsonSchema;
}
