import { createHmac, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { callOperation } from "../commands/open-operations.ts";
import { loadConfig } from "../config/load-config.ts";
import type { KeySummary } from "../provisioning/key-record.ts";
import type { IssuedCredential } from "./issue-credential.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-derive-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** In this process: no server runs. */
function call<Answer>(name: string, input: object, env: Record<string, string> = {}): Promise<Answer> {
  const overrides = { dataDir: join(folder, "data"), "http.brokers.port": 0, "brokers.embedded.enabled": false };
  const loaded = loadConfig({ env, cwd: folder, overrides });
  return callOperation(loaded, name, input, { onProblem: () => {} }) as Promise<Answer>;
}

interface Derived {
  keyId: string;
  key: string;
}

it("derives what the firmware does, and issues tokens that are signed with it", async () => {
  const secret = randomBytes(32).toString("hex");
  const added = await call<{ keys: KeySummary[] }>("key.add", {
    ...{ scheme: "jwt", content: secret, perDevice: true, id: "factory" },
  });
  expect(added.keys).toMatchObject([{ id: "factory", algorithm: "HS256", perDevice: true, canIssue: true }]);
  const { key, keyId } = await call<Derived>("key.derive", { device: "sensor-1" });
  expect([key, keyId]).toEqual([createHmac("sha256", secret).update("sensor-1").digest("hex"), "factory"]);
  const issued = await call<IssuedCredential>("credential.issue", { device: "sensor-1", scheme: "jwt", add: true });
  const [header = "", payload = "", signature] = issued.password.split(".");
  expect(JSON.parse(Buffer.from(header, "base64url").toString())).toMatchObject({ alg: "HS256", kid: "factory" });
  expect(createHmac("sha256", key).update(`${header}.${payload}`).digest("base64url")).toBe(signature);
});

it("takes the newest such key, or the one of that id, and no other key", async () => {
  await call("key.add", { scheme: "jwt", id: "shared" });
  const none = call("key.derive", { device: "sensor-1" });
  await expect(none).rejects.toMatchObject({ code: "no_key", next: "connack key add --scheme jwt --per-device" });
  for (const id of ["first", "second"]) await call("key.add", { scheme: "jwt", perDevice: true, id });
  const newest = await call<Derived>("key.derive", { device: "sensor-1" });
  const first = await call<Derived>("key.derive", { device: "sensor-1", id: "first" });
  expect([newest.keyId, first.keyId]).toEqual(["second", "first"]);
  expect(newest.key).not.toBe(first.key);
  await expect(call("key.derive", { device: "sensor-1", id: "shared" })).rejects.toMatchObject({ code: "no_key" });
});

it.each([
  { scheme: "jwt", algorithm: "HS512" },
  { scheme: "jwt", algorithm: "ES256" },
  { scheme: "jwt", content: '{"kty":"oct","k":"AAAA"}' },
  { scheme: "xiaozhi-hmac" },
])("no keys are derived for %j", async (input) => {
  await expect(call("key.add", { ...input, perDevice: true })).rejects.toMatchObject({ code: "bad_input" });
});

it("does not start where the same secret is a key of its own, too", async () => {
  const secret = randomBytes(32).toString("hex");
  await call("key.add", { scheme: "jwt", content: secret, perDevice: true, id: "factory" });
  await expect(call("key.add", { scheme: "jwt", content: secret })).rejects.toMatchObject({ code: "key_exists" });
  await expect(call("key.list", {}, { CONNACK_CREDENTIALS_JWT_SECRET: secret })).rejects.toThrow(
    /key factory is for deriving the keys of devices, and key jwt-configured is the same secret/,
  );
});
