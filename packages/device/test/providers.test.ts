import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CredentialsProvider,
  checkIn,
  createDevice,
  type DeviceOptions,
  keyPairJwt,
  password,
  sharedSecretJwt,
  tokenEndpoint,
  xiaozhiHmac,
} from "@connack/device";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningConnack, removeFolder, startConnack } from "../../server/test/run-connack.ts";
import { type HttpService, jsonAnswer, startHttpService } from "../src/testing/http-service.ts";

const secret = randomBytes(32).toString("hex");
let server: RunningConnack;
let service: HttpService;
beforeAll(async () => {
  server = await startConnack({ env: { CONNACK_CREDENTIALS_JWT_SECRET: secret } });
  // A configured key is the only one that is made by itself.
  await server.json("key", "add", "--scheme", "xiaozhi-hmac");
  service = await startHttpService();
});
afterAll(async () => {
  await server.kill("SIGTERM");
  await service.stop();
  removeFolder(server.folder);
});

interface Issued {
  clientId: string;
  username: string;
  password: string;
  expiresAt?: string;
}

const pair = generateKeyPairSync("ed25519");

/** Each way to get credentials, against what a new Connack takes. */
const providers: Record<string, () => Promise<DeviceOptions["credentials"]>> = {
  sharedSecretJwt: async () => sharedSecretJwt({ secret, deviceId: "by-secret" }),
  async keyPairJwt() {
    const file = join(server.folder, "public.pem");
    writeFileSync(file, pair.publicKey.export({ type: "spki", format: "pem" }));
    await server.json("key", "add", "--scheme", "jwt", "--algorithm", "EdDSA", "--file", file, "--id", "by-key");
    const privateKey = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    return keyPairJwt({ privateKey, algorithm: "EdDSA", deviceId: "by-key", kid: "by-key" });
  },
  xiaozhiHmac: async () => xiaozhiHmac(await issue("02:00:00:00:00:01", "xiaozhi-hmac")),
  async checkIn() {
    const { clientId, username, password } = await issue("02:00:00:00:00:02", "xiaozhi-hmac");
    service.answer = jsonAnswer(200, { mqtt: { client_id: clientId, username, password } });
    return checkIn({ url: service.origin, mac: "02:00:00:00:00:02", clientId: "uuid" });
  },
  async tokenEndpoint() {
    const { password } = await issue("by-endpoint", "jwt");
    service.answer = jsonAnswer(200, { access_token: password, token_type: "Bearer", expires_in: 3600 });
    return tokenEndpoint({ url: service.origin, deviceId: "by-endpoint" });
  },
  password: async () => password(await issue("by-password", "password")),
  async "your own function"() {
    const { clientId, username, password } = await issue("by-function", "jwt");
    return () => ({ clientId, username, password });
  },
};

const issue = (id: string, scheme: string) =>
  server.json<Issued>("credential", "issue", id, "--add", "--scheme", scheme);

describe.each(Object.keys(providers))("%s", (name) => {
  it("lets a device in", async () => {
    const credentials = (await providers[name]?.()) as CredentialsProvider;
    const device = createDevice({ url: `mqtt://127.0.0.1:${server.mqttPort}`, credentials });
    const problems: string[] = [];
    device.on("problem", ({ sentence }) => problems.push(sentence));
    try {
      await expect.poll(() => device.status().state, { timeout: 20_000 }).toBe("connected");
    } finally {
      await device.stop();
    }
    expect(problems).toEqual([]);
    expect(device.status()).toMatchObject({ attempts: 1, connects: 1 });
  });
});

describe("a provider that is refused", () => {
  it("names the problem, and keeps the device from the broker", async () => {
    service.answer = jsonAnswer(401, { error: "invalid_client", error_description: "unknown device" });
    const credentials = tokenEndpoint({ url: service.origin, deviceId: "nobody", clientSecret: secret });
    const device = createDevice({ url: `mqtt://127.0.0.1:${server.mqttPort}`, credentials });
    const problem = await new Promise((resolve) => device.on("problem", resolve));
    await device.stop();
    expect(problem).toMatchObject({ kind: "token" });
    const text = `token endpoint ${new URL(service.origin).host}: HTTP 401, invalid_client (unknown device)`;
    expect((problem as { sentence: string }).sentence).toContain(text);
    expect(JSON.stringify([problem, device.status()])).not.toContain(secret);
    expect(device.status().attempts).toBe(0);
  });
});
