// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ca, filesOf, server } from "../src/brokers/embedded/testing/lab-certificates.ts";
import { type EmqxBench, openBench, randomSecret } from "./emqx-commands.ts";

const apply = "emqx apply --yes --no-verify";
const database = { mechanism: "password_based", backend: "built_in_database", user_id_type: "username" };

let bench: EmqxBench;
beforeEach(async () => {
  bench = await openBench({ authenticators: [database] });
});
afterEach(() => bench.close());

/** Applied it is as wanted, nothing is left to do, and a rollback makes it what it was. */
async function expectApplied(settings: string, look: () => Promise<void>): Promise<void> {
  bench.configure(settings);
  const before = await bench.dump();
  const applied = await bench.run(apply);
  expect([applied.code, applied.stderr]).toEqual([0, ""]);
  await look();
  const plan = await bench.run("emqx plan");
  expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining("Nothing to do")]);
  expect((await bench.run("emqx rollback --yes")).code).toBe(0);
  expect(await bench.dump()).toEqual(before);
}

const publicKey = () =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }).toString();

describe("tokens that EMQX checks itself", () => {
  it("by a public key in a file; another key in the file is put there", async () => {
    const file = join(bench.folder, "issuer.pem");
    const [one, two] = [publicKey(), publicKey()];
    writeFileSync(file, one);
    await expectApplied(`jwt: {enabled: true, publicKeyFile: "${file}"}`, async () => {
      expect(await bench.get("/authentication/jwt")).toMatchObject({
        use_jwks: false,
        algorithm: "public-key",
        public_key: one,
        verify_claims: { sub: "${clientid}" },
      });
      writeFileSync(file, two);
      const { steps } = await bench.json("emqx plan");
      expect(steps).toMatchObject([{ object: "authenticator jwt", differences: [{ key: "public_key" }] }]);
      expect(JSON.stringify(steps)).not.toContain("BEGIN");
      expect((await bench.run(apply)).code).toBe(0);
      expect(await bench.get("/authentication/jwt")).toMatchObject({ public_key: two });
    });
  });

  it("by keys at an address, and then by a secret: nothing of the former kind stays", async () => {
    const url = "http://127.0.0.1:9/jwks.json";
    const secret = randomSecret();
    await expectApplied(`jwt: {enabled: true, jwksUrl: "${url}", from: username}`, async () => {
      expect(await bench.get("/authentication/jwt")).toMatchObject({ use_jwks: true, endpoint: url, from: "username" });
      bench.configure(`jwt: {enabled: true, secret: "${secret}"}`);
      const changed = await bench.run(apply);
      expect([changed.code, changed.stderr]).toEqual([0, ""]);
      expect(await bench.get("/authentication/jwt")).not.toHaveProperty("endpoint");
      bench.configure(`jwt: {enabled: true, jwksUrl: "${url.replace("http:", "https:")}"}`);
      expect((await bench.run(apply)).code).toBe(0);
      expect(await bench.get("/authentication/jwt")).toMatchObject({ use_jwks: true, ssl: { enable: true } });
    });
  });
});

it("EMQX 5.7 is given a source that asks for each topic, and tells of no denied ones", async () => {
  const node = { node: "emqx@127.0.0.1", node_status: "running", version: "5.7.2", edition: "Opensource" };
  bench.emqx.intercept = ({ method, path }) =>
    method === "GET" && path.endsWith("/nodes") ? { status: 200, body: JSON.stringify([node]) } : undefined;
  await expectApplied("", async () => {
    const { sources } = (await bench.get("/authorization/sources")) as { sources: Record<string, unknown>[] };
    expect(sources.map(({ type, enable }) => [type, enable])).toEqual([
      ["http", true],
      ["file", false],
    ]);
    expect(sources[0]).toMatchObject({
      url: `${bench.connackUrl}/brokers/emqx/authz`,
      headers: { accept: "application/json", authorization: "******" },
      body: { device: "${client_attrs.device}", topic: "${topic}", action: "${action}" },
    });
    expect(await bench.get("/rules/connack_events")).toBeDefined();
    expect(await bench.get("/rules/connack_denied_topics")).toBeUndefined();
  });
});

it("over https EMQX checks our certificate with the CA that is given, and a CA of somebody else is noticed", async () => {
  const connack = createServer({ key: server.key, cert: server.certificate }, (_, response) => response.end());
  await new Promise<void>((resolve) => connack.listen(0, "127.0.0.1", resolve));
  const url = `https://localhost:${(connack.address() as AddressInfo).port}`;
  const [file] = filesOf(ca.certificate);
  const statusOf = async () => {
    await bench.emqx.healthCheck();
    return ((await bench.get("/authentication/password_based:http/status")) as { status: string }).status;
  };
  try {
    await expectApplied(`connackUrl: "${url}", connackCaFile: "${file}"`, async () => {
      const path = "/authentication/password_based:http";
      const found = (await bench.get(path)) as { id?: string; ssl: Record<string, unknown> };
      expect(found.ssl).toMatchObject({
        enable: true,
        verify: "verify_peer",
        cacertfile: expect.stringMatching(/cacert/),
      });
      expect(await bench.get("/connectors/http:connack")).toMatchObject({ ssl: { verify: "verify_peer" } });
      expect(await statusOf()).toBe("connected");
      expect((await bench.run("emqx plan")).code).toBe(0);
      const { id: _, ...theirs } = found;
      await bench.change("PUT", path, { ...theirs, ssl: { ...found.ssl, cacertfile: publicKey() } });
      const { steps } = await bench.json("emqx plan");
      expect(steps).toMatchObject([
        { differences: [{ key: "ssl.cacertfile", to: expect.stringContaining("SHA-256") }] },
      ]);
      expect((await bench.run(apply)).code).toBe(0);
      expect(await statusOf()).toBe("connected");
    });
  } finally {
    connack.closeAllConnections();
    connack.close();
  }
});
