import { beforeAll, expect, it } from "vitest";
import { apiPrefix } from "./admin-routes.ts";
import type { JsonSchema } from "./input-schema.ts";
import { answerSchemas } from "./open-api-answers.ts";
import { type OpenAdmin, openAdmin } from "./testing/open-admin.ts";

type Described = Record<string, Record<string, { responses: Record<string, { content: Content }> }>>;
type Content = Record<string, { schema: JsonSchema }>;

let admin: OpenAdmin;
let paths: Described;
beforeAll(async () => {
  admin = await openAdmin();
  const { json } = await admin.ask("GET", `${apiPrefix}/openapi.json`);
  paths = json.paths as Described;
  expect(json.servers).toEqual([{ url: "/" }]);
  admin.audit.record({
    type: "connect",
    result: "deny",
    reason: "token_expired",
    deviceId: "a",
    token: { iat: 1 },
    hints: [{ code: "clock_never_set", text: "x" }],
  });
  admin.audit.reasonCounts = [
    { type: "connect", reason: "token_expired", count: 1, devices: 1, examples: [], lastAt: 1 },
  ];
});

it.each([
  ["post", "/devices", { id: "a", group: "lab", schemes: ["password"], password: { generate: true } }],
  ["get", "/devices", undefined],
  ["get", "/devices/{id}", undefined],
  ["post", "/services", { name: "s", profile: "dashboard" }],
  ["get", "/services", undefined],
  ["get", "/services/{name}", undefined],
  ["post", "/keys", { scheme: "jwt", id: "k" }],
  ["get", "/keys", undefined],
  ["delete", "/keys/{id}", undefined],
  ["post", "/tokens", { name: "t", role: "viewer", expiresIn: 3600 }],
  ["get", "/tokens", undefined],
  ["delete", "/tokens/{name}", undefined],
  ["get", "/events", undefined],
  ["get", "/decisions", undefined],
  ["get", "/reasons", undefined],
  ["get", "/devices/none", undefined],
])("%s %s answers nothing that is not described", async (method, path, body) => {
  const name = { "/devices/{id}": "a", "/services/{name}": "s", "/keys/{id}": "k", "/tokens/{name}": "t" }[path] ?? "";
  const real = apiPrefix + path.replace(/\{\w+\}/, name);
  const { status, json } = await admin.ask(method.toUpperCase(), real, {
    token: admin.tokens.admin,
    ...(body && { body }),
  });
  if (path === "/devices/none") {
    expect([status, undescribed(json, { $ref: "#/components/schemas/Problem" })]).toEqual([404, []]);
    return;
  }
  expect(status).toBe(body ? 201 : 200);
  const schema = paths[apiPrefix + path]?.[method]?.responses[String(status)]?.content["application/json"]?.schema;
  expect(schema).toBeDefined();
  expect(JSON.stringify(schema)).not.toBe('{"type":"object"}');
  expect(Object.keys(json).length).toBeGreaterThan(0);
  expect(undescribed(json, schema ?? {})).toEqual([]);
});

const problem = {
  properties: Object.fromEntries("type title status detail code fix".split(" ").map((each) => [each, {}])),
};

/** Members of an answer, as paths, that its schema does not have. */
function undescribed(value: unknown, schema: JsonSchema, at = ""): string[] {
  const name =
    String(schema.$ref ?? "")
      .split("/")
      .at(-1) ?? "";
  if (name !== "") return undescribed(value, name === "Problem" ? problem : (answerSchemas[name] ?? {}), at);
  if (Array.isArray(value))
    return value.flatMap((each) => undescribed(each, (schema.items ?? {}) as JsonSchema, `${at}[]`));
  const properties = schema.properties as Record<string, JsonSchema> | undefined;
  if (typeof value !== "object" || value === null || !properties) return [];
  return Object.entries(value).flatMap(([member, below]) =>
    Object.hasOwn(properties, member)
      ? undescribed(below, properties[member] ?? {}, `${at}.${member}`)
      : [`${at}.${member}`],
  );
}
