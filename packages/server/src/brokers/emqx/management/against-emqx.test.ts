import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StandIn, startStandIn } from "../../../../test/emqx-stand-in/start-stand-in.ts";
import { createManagementClient, type ManagementCredentials } from "./create-management-client.ts";
import { rightJwtBody } from "./explain-wrong-jwt.ts";
import { hasDefaultPassword } from "./has-default-password.ts";
import type { Json, ManagementClient } from "./management-client.ts";
import { ManagementError } from "./management-error.ts";
import { probeConnack } from "./probe-connack.ts";
import { judgeVersion, readVersion } from "./read-version.ts";

let standIn: StandIn;
let client: ManagementClient;
const opened: ManagementClient[] = [];
const secret = randomBytes(24).toString("base64url");

function open(credentials: ManagementCredentials): ManagementClient {
  const made = createManagementClient({ url: standIn.apiUrl, credentials, timeoutMs: 20_000 });
  opened.push(made);
  return made;
}

beforeEach(async () => {
  standIn = await startStandIn();
  client = open({ apiKey: standIn.apiKey, apiSecret: standIn.apiSecret });
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((each) => each.close()));
  await standIn.close();
});

async function errorOf(promise: Promise<unknown>): Promise<ManagementError> {
  const error = await promise.then(
    () => expect.unreachable(),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ManagementError)) throw error;
  expect(`${error.message}${error.next}`).not.toContain(secret);
  return error;
}

describe("EMQX 5.8.0", () => {
  it("lets in with an API key, and with a dashboard user", async () => {
    const user = open({ username: "admin", password: standIn.adminPassword });
    for (const each of [client, user]) {
      expect(await readVersion(each)).toMatchObject({ version: "5.8.0", support: "known", edition: "Opensource" });
    }
    expect(await errorOf(open({ apiKey: "admin", apiSecret: standIn.adminPassword }).get("/nodes"))).toMatchObject({
      code: "BAD_API_KEY_OR_SECRET",
      message: expect.stringContaining("looks like the name of a dashboard user"),
    });
    expect(await errorOf(open({ username: "admin", password: secret }).get("/nodes"))).toMatchObject({
      code: "BAD_USERNAME_OR_PWD",
    });
    expect(await errorOf(client.get("/users"))).toMatchObject({ code: "API_KEY_NOT_ALLOW" });
  });

  it("says of the JWT authenticator of many guides what is explained", async () => {
    const guide = {
      mechanism: "jwt",
      backend: "built_in_database",
      jwt_secret: secret,
      jwt_from: "password",
      verify_claims: true,
    };
    const bodies: Json[] = [
      guide,
      { ...guide, use_jwks: false, algorithm: "hmac-based", secret },
      { ...rightJwtBody, backend: "jwt" },
    ];
    for (const body of bodies) {
      const error = await errorOf(client.post("/authentication", body));
      expect(error).toMatchObject({
        problem: "rejected",
        status: 400,
        next: expect.stringContaining('"use_jwks":false'),
      });
    }
    await client.post("/authentication", { ...rightJwtBody, secret });
    expect(await client.find("/authentication/jwt")).toMatchObject({ secret: "******" });
    expect(await errorOf(client.post("/authentication", { ...rightJwtBody, secret }))).toMatchObject({
      problem: "conflict",
    });
  });

  it("gives back what was sent, and no text of ours does", async () => {
    const headers = { authorization: `Bearer ${secret}` };
    await client.post("/connectors", { type: "http", name: "a", url: "http://127.0.0.1:1", headers });
    const action = { type: "http", name: "b", connector: "a", parameters: { method: "post", path: "/", headers } };
    await client.post("/actions", action);
    expect(await errorOf(client.delete("/connectors/http:a"))).toMatchObject({ status: 400, problem: "rejected" });
    expect(await errorOf(client.put("/authorization/settings", { no_match: "deny", cache: {} }))).toMatchObject({
      problem: "server_error",
    });
  });

  it("knows what is there and what not", async () => {
    expect(await client.find("/authentication/jwt")).toBeUndefined();
    expect(await client.delete("/authorization/sources/http")).toBe(false);
    expect(await client.delete("/authorization/sources/file")).toBe(true);
    expect(await errorOf(client.get("/nosuch"))).toMatchObject({ problem: "not_found", status: 404 });
  });

  it("says whether it reaches us", async () => {
    const connectTimeout = 5;
    expect(await probeConnack(client, { url: standIn.apiUrl, connectTimeout })).toEqual({ isReached: true });
    expect(await probeConnack(client, { url: "http://127.0.0.1:1", connectTimeout })).toEqual({
      isReached: false,
      said: "connection refused",
    });
    expect(await client.get("/connectors")).toEqual([]);
  });

  it("has no default password once that was changed", async () => {
    expect(await hasDefaultPassword({ url: standIn.apiUrl, timeoutMs: 20_000 })).toBe(false);
  });
});

describe("a version", () => {
  it.each([
    ["5.8.0", "known"],
    ["5.8.11", "known"],
    ["5.7.0", "expected"],
    ["5.9.1", "expected"],
    ["5.10.0", "expected"],
    ["6.0.0", "expected"],
    ["5.6.1", "too_old"],
    ["4.4.19", "too_old"],
  ])("%s is %s", (version, support) => {
    expect(judgeVersion(version).support).toBe(support);
    expect(judgeVersion(version).remark === undefined).toBe(support === "known");
  });

  it("of a cluster is its lowest; what names none is no EMQX", async () => {
    const node = (version: string, status = "running") => ({
      node: version,
      version,
      node_status: status,
      edition: "x",
    });
    const read = (answer: Json) => readVersion({ url: "http://emqx", get: async () => answer });
    const { version, nodes } = await read([node("5.10.0"), node("5.8.4"), node("5.7.0", "stopped")]);
    expect([version, nodes.length]).toEqual(["5.8.4", 3]);
    expect((await read([node("e5.8.8", "stopped")])).version).toBe("5.8.8");
    for (const answer of [[], {}, [{ node: "x" }], "5.8.0", [null]]) {
      expect(await errorOf(read(answer))).toMatchObject({ problem: "not_emqx" });
    }
  });
});
