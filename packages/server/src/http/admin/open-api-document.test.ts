import { beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../operations/operations.ts";
import { adminRoutes, apiPrefix, plainRoutes } from "./admin-routes.ts";
import { openApiDocument } from "./open-api-document.ts";

interface Member {
  operationId: string;
  tags: string[];
  security?: unknown[];
  "x-connack-role"?: string;
  parameters?: { name: string; in: string; required: boolean; schema: object }[];
  requestBody?: { required: boolean; content: Record<string, { schema: Schema }> };
  responses: Record<string, unknown>;
}
interface Schema {
  properties: Record<string, unknown>;
  required?: string[];
}
type Document = { openapi: string; paths: Record<string, Record<string, Member>>; [member: string]: unknown };

let document: Document;
beforeAll(async () => {
  // As it goes over the line.
  document = JSON.parse(JSON.stringify(await openApiDocument())) as Document;
});

const routes = Object.values(adminRoutes).flat();
const members = () => Object.values(document.paths).flatMap((path) => Object.values(path));

it("is of OpenAPI 3.1, with what that has to have", () => {
  expect(document).toMatchObject({
    openapi: "3.1.0",
    info: { title: expect.any(String), version: expect.any(String) },
    components: { securitySchemes: { accessToken: { type: "http", scheme: "bearer" } } },
    security: [{ accessToken: [] }],
  });
});

it("has every route, with its role, and no other", () => {
  const written = Object.entries(document.paths).flatMap(([path, each]) =>
    Object.entries(each).map(([method, { "x-connack-role": role }]) => `${method.toUpperCase()} ${path} ${role}`),
  );
  const wanted = [
    ...routes.map(({ method, path, operation, role: own }) => {
      const role = own ?? operations.find(({ name }) => name === operation)?.role;
      return `${method} ${apiPrefix}${path} ${role}`;
    }),
    ...plainRoutes.map(({ path, role }) => `GET ${path} ${role}`),
  ];
  expect(written.sort()).toEqual(wanted.sort());
});

it("names every route once, and under a tag that is told", () => {
  const ids = members().map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = (document.tags as { name: string }[]).map(({ name }) => name);
  for (const { tags: used } of members()) expect(tags).toEqual(expect.arrayContaining(used));
});

it("declares each member of a path, and no parameter twice", () => {
  for (const [path, each] of Object.entries(document.paths)) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const { parameters = [] } of Object.values(each)) {
      const declared = parameters.filter(({ in: place }) => place === "path");
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      expect(parameters.every(({ schema }) => typeof schema === "object")).toBe(true);
      const names = parameters.map(({ name, in: place }) => `${place} ${name}`);
      expect(new Set(names).size).toBe(names.length);
    }
  }
});

it("refers to nothing that is not there, and leaves nothing behind that nobody refers to", () => {
  const text = JSON.stringify(document);
  const references = [...new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, found]) => found as string))];
  expect(references.length).toBeGreaterThan(1);
  for (const reference of references) {
    expect(reference).toMatch(/^#\//);
    const found = reference
      .slice(2)
      .split("/")
      .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);
    expect(found, reference).toBeTypeOf("object");
  }
  expect(text).not.toContain('"$defs"');
  expect(text).not.toContain('"$schema"');
});

describe("input", () => {
  const member = (method: string, path: string) => document.paths[`${apiPrefix}${path}`]?.[method] as Member;
  const body = (method: string, path: string) => member(method, path).requestBody?.content["application/json"]?.schema;

  it("of a GET stands in the query", () => {
    expect(member("get", "/devices").parameters).toMatchObject([
      { name: "status", in: "query", required: false, schema: { enum: expect.arrayContaining(["active"]) } },
      { name: "group", in: "query" },
      { name: "after", in: "query" },
      { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 1000, default: 100 } },
    ]);
    expect(member("get", "/devices").requestBody).toBeUndefined();
    expect(member("get", "/acl/who").parameters).toContainEqual(
      expect.objectContaining({ name: "topic", required: true }),
    );
  });

  it("of a POST or PATCH stands in the body, without what the path has", () => {
    expect(Object.keys(body("post", "/devices")?.properties ?? {})).toContain("id");
    expect(body("post", "/devices")?.required).toEqual(["id"]);
    expect(member("post", "/devices").requestBody?.required).toBe(true);
    expect(Object.keys(body("patch", "/devices/{id}")?.properties ?? {})).not.toContain("id");
    expect(body("patch", "/devices/{id}")?.required).toBeUndefined();
    expect(Object.keys(body("patch", "/groups/{group}/acl")?.properties ?? {})).toEqual(
      expect.arrayContaining(["profile", "rules", "kick"]),
    );
    expect(Object.keys(body("patch", "/groups/{group}/acl")?.properties ?? {})).not.toContain("id");
    expect(member("post", "/devices/{id}/kick").requestBody).toBeUndefined();
  });

  it("of rules is told as it is kept", () => {
    const rule = JSON.stringify(body("patch", "/devices/{id}/acl")?.properties.rules);
    for (const name of ["permission", "action", "topics", "qos", "retain"]) expect(rule).toContain(`"${name}"`);
  });

  it("of the stream has its filters and the header", () => {
    const names = member("get", "/events/stream").parameters?.map(({ name }) => name);
    expect(names).toEqual(["types", "deviceId", "clientId", "broker", "result", "reason", "since", "Last-Event-ID"]);
  });
});

it("says what comes back: made things with their place, and always the problem", () => {
  for (const { responses } of members()) expect(responses.default).toEqual({ $ref: "#/components/responses/Problem" });
  const made = routes.filter(({ madeAt }) => madeAt).map(({ path }) => document.paths[apiPrefix + path]?.post);
  expect(made).toHaveLength(4);
  for (const each of made) expect(each?.responses["201"]).toMatchObject({ headers: { location: {} } });
});

it("tells what needs no token", () => {
  const free = Object.entries(document.paths).filter(([, { get }]) => get?.security?.length === 0);
  expect(free.map(([path]) => path).sort()).toEqual(["/api/v1/openapi.json", "/healthz"]);
});
