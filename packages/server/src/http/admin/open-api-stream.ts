import { inputSchema, type JsonSchema } from "./input-schema.ts";
import { streamInput } from "./read-stream-request.ts";

/** What a reader of the event stream may ask for. */
export function streamParameters(): JsonSchema[] {
  const properties = (inputSchema({ input: streamInput }).properties ?? {}) as Record<string, JsonSchema>;
  const inQuery = Object.entries(properties).map(([name, schema]) => ({ name, in: "query", required: false, schema }));
  const description = "The id of the event that was read last: what happened since then comes first.";
  return [
    ...inQuery,
    { name: "Last-Event-ID", in: "header", required: false, description, schema: { type: "string" } },
  ];
}
