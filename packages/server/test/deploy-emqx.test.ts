import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../src/config/load-config.ts";
import { instructionsOf, readDeployFile, root } from "./read-deploy-files.ts";
import { removeFolder, run, temporaryFolder } from "./run-connack.ts";

interface Service {
  image: string;
  build?: { context: string; dockerfile: string };
  entrypoint?: string[];
  command?: string[];
  environment: Record<string, string>;
  secrets: string[];
  ports: string[];
  networks: string[];
  volumes: string[];
  tmpfs: string[];
  healthcheck?: { test: string[] };
  depends_on?: Record<string, { condition: string }>;
  [name: string]: unknown;
}
interface Compose {
  services: { emqx: Service; connack: Service };
  networks: Record<string, { internal?: boolean } | null>;
  secrets: Record<string, { file: string }>;
  volumes: Record<string, unknown>;
}

const text = readDeployFile("emqx/docker-compose.yml");
const compose = parse(text) as Compose;
const { emqx, connack } = compose.services;

const folders: string[] = [];
const newFolder = () => {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach(removeFolder));

/** The folder as somebody has it who cloned the repository. */
function copyOfFolder(): string {
  const folder = join(newFolder(), "emqx");
  mkdirSync(folder);
  for (const name of ["docker-compose.yml", "make-secrets.sh", "config"])
    cpSync(join(root, "deploy/emqx", name), join(folder, name), { recursive: true });
  return folder;
}
const makeSecrets = (folder: string) =>
  run(join(folder, "make-secrets.sh"), [], { env: { PATH: process.env["PATH"] } });
const secretsOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(join(folder, "secrets")).map((name) => [
      name,
      readFileSync(join(folder, "secrets", name), "utf8").trim(),
    ]),
  );

describe("deploy/emqx/make-secrets.sh", () => {
  it("makes every secret that the compose file hands out, for its owner alone, and no other", async () => {
    const folder = copyOfFolder();
    expect(await makeSecrets(folder)).toMatchObject({ code: 0, stderr: "" });
    expect(statSync(join(folder, "secrets")).mode & 0o777).toBe(0o700);
    const names = readdirSync(join(folder, "secrets")).sort();
    expect(names).toEqual(Object.keys(compose.secrets).sort());
    for (const name of names) expect(statSync(join(folder, "secrets", name)).mode & 0o777, name).toBe(0o600);
    for (const [name, { file }] of Object.entries(compose.secrets)) expect(file).toBe(`./secrets/${name}`);
  });

  it("makes what EMQX takes: new ones each time, and the pair that Connack has", async () => {
    const folder = copyOfFolder();
    await makeSecrets(folder);
    const secrets = secretsOf(folder);
    // 8 to 64 characters of two kinds, and nothing that HOCON reads as more than a text
    for (const name of ["emqx_dashboard_password", "emqx_node_cookie"])
      expect(secrets[name]).toMatch(/^a1[0-9a-f]{48}$/);
    expect(secrets["emqx_api_keys"]).toBe(`${secrets["emqx_api_key"]}:${secrets["emqx_api_secret"]}`);
    expect(secrets["emqx_api_secret"]).toMatch(/^[0-9a-f]{48}$/);
    const other = copyOfFolder();
    await makeSecrets(other);
    for (const [name, value] of Object.entries(secretsOf(other)))
      if (name !== "emqx_api_key") expect(value).not.toBe(secrets[name]);
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
  });

  it("never writes over one that is there; makes one that is missing", async () => {
    const folder = copyOfFolder();
    await makeSecrets(folder);
    const before = secretsOf(folder);
    rmSync(join(folder, "secrets/emqx_node_cookie"));
    expect((await makeSecrets(folder)).stdout).toMatch(/made {2}secrets\/emqx_node_cookie/);
    const { emqx_node_cookie: cookie, ...after } = secretsOf(folder);
    expect(cookie).not.toBe(before["emqx_node_cookie"]);
    expect({ ...after, emqx_node_cookie: before["emqx_node_cookie"] }).toEqual(before);
  });

  it("stops at one that is empty, and at a pair that does not fit", async () => {
    const folder = copyOfFolder();
    await makeSecrets(folder);
    rmSync(join(folder, "secrets/emqx_api_secret"));
    expect(await makeSecrets(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining("does not fit") });
    writeFileSync(join(folder, "secrets/emqx_dashboard_password"), "");
    expect(await makeSecrets(folder)).toMatchObject({ code: 1, stderr: expect.stringContaining("is empty") });
  });

  it("what it makes stays out of the repository", () => {
    expect(readDeployFile("emqx/.gitignore").split("\n")).toEqual(expect.arrayContaining(["secrets/", ".env"]));
  });
});

describe("deploy/emqx/docker-compose.yml", () => {
  it("has EMQX 5.8 in one known version, and Connack from the Dockerfile that is there", () => {
    expect(Object.keys(compose.services)).toEqual(["emqx", "connack"]);
    expect(emqx.image).toMatch(/^emqx\/emqx:5\.8\.\d+$/);
    const { context = "", dockerfile = "" } = connack.build ?? {};
    expect(relative(root, join(root, "deploy/emqx", context))).toBe("");
    expect(dockerfile).toBe("deploy/docker/Dockerfile");
  });

  it("publishes nothing to the outside until it is told to, and 8003 never", () => {
    const devices = [1883, 8083, 8883, 8084].map((port) => `\${DEVICES_ADDRESS:-127.0.0.1}:${port}:${port}`);
    expect(emqx.ports).toEqual([...devices, "127.0.0.1:18083:18083"]);
    expect(connack.ports).toEqual(["127.0.0.1:8004:8004"]);
  });

  it("has a network of their own for what the two ask each other", () => {
    expect(compose.networks).toEqual({ callbacks: { internal: true }, devices: null, people: null });
    expect(emqx.networks.filter((name) => connack.networks.includes(name))).toEqual(["callbacks"]);
  });

  it("gives the containers no more than they need", () => {
    for (const service of [emqx, connack]) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
        pids_limit: expect.any(Number),
        mem_limit: expect.any(String),
        stop_grace_period: expect.any(String),
      });
      for (const name of ["privileged", "cap_add", "network_mode", "pid", "user", "devices"])
        expect(service).not.toHaveProperty(name);
      for (const mount of service.tmpfs) expect(mount).toMatch(/noexec,nosuid,nodev,size=/);
    }
    expect(emqx.volumes).toEqual(["emqx-data:/opt/emqx/data", "emqx-log:/opt/emqx/log"]);
    expect(connack.volumes).toEqual(["connack-data:/data", "./config:/config:ro"]);
    expect(Object.keys(compose.volumes)).toEqual(["emqx-data", "emqx-log", "connack-data"]);
  });

  it("hands out secrets as files: each is there, and each is used by one", () => {
    const used = [...emqx.secrets, ...connack.secrets];
    expect(used.toSorted()).toEqual(Object.keys(compose.secrets).sort());
    for (const name of used) expect(text, name).toContain(`/run/secrets/${name}`);
    for (const service of [emqx, connack]) {
      const files = JSON.stringify([service.environment, service.entrypoint]).match(/(?<=\/run\/secrets\/)\w+/g) ?? [];
      expect(files.sort()).toEqual(service.secrets.toSorted());
    }
  });

  it("holds no secret, and asks Compose to fill in nothing but the address", () => {
    for (const [name, value] of Object.entries({ ...emqx.environment, ...connack.environment }))
      if (/PASSWORD|SECRET|COOKIE|KEY|TOKEN/.test(name)) expect(value, name).toMatch(/^"?\/run\/secrets\/\w+"?$/);
    const dollars = text.replaceAll("$$", "").match(/\$\{?[^}\s]*\}?/g) ?? [];
    expect(new Set(dollars)).toEqual(new Set([`\${DEVICES_ADDRESS:-127.0.0.1}`]));
    expect(text).not.toMatch(/[0-9a-f]{16}|public\b/);
  });

  it("Connack takes what is set, and has EMQX as its only broker", async () => {
    const folder = copyOfFolder();
    await makeSecrets(folder);
    const env = Object.fromEntries(
      Object.entries(connack.environment).map(([name, value]) => [
        name,
        value.replace("/run/secrets", join(folder, "secrets")),
      ]),
    );
    const { config, sources, warnings } = loadConfig({ env, cwd: join(folder, "config") });
    expect(warnings).toEqual([]);
    for (const name of Object.keys(env)) expect(Object.values(sources)).toContain(name);
    expect(config.brokers.emqx).toMatchObject({
      url: `http://emqx:${emqx.ports.at(-1)?.split(":").at(-1)}`,
      connackUrl: `http://connack:${config.http.brokers.port}`,
      apiKey: "connack",
      apiSecret: secretsOf(folder)["emqx_api_secret"],
    });
    expect(config.brokers.embedded.enabled).toBe(false);
    const listening = instructionsOf(readDeployFile("docker/Dockerfile")).find(({ word }) => word === "ENV")?.rest;
    expect(listening).toContain("CONNACK_HTTP_BROKERS_HOST=0.0.0.0");
  });

  it("starts EMQX when Connack can answer it", () => {
    expect(emqx.depends_on).toEqual({ connack: { condition: "service_healthy" } });
    const { EMQX_NODE_NAME: older, EMQX_NODE__NAME: name } = emqx.environment;
    expect([older, name]).toEqual(["emqx@127.0.0.1", "emqx@127.0.0.1"]);
    expect(emqx.environment["EMQX_API_KEY__BOOTSTRAP_FILE"]).toBe('"/run/secrets/emqx_api_keys"');
  });
});

describe("what EMQX's container runs", () => {
  /** The entrypoint as the container would run it, with other places for the secrets and for EMQX. */
  function startIn(folder: string) {
    const program = join(folder, "entrypoint.sh");
    writeFileSync(program, '#!/bin/sh\necho "$EMQX_DASHBOARD__DEFAULT_PASSWORD $EMQX_NODE__COOKIE $*"\n');
    chmodSync(program, 0o700);
    const [shell = "", ...rest] = (emqx.entrypoint ?? []).map((word) =>
      word
        .replaceAll("$$", "$")
        .replaceAll("/run/secrets", join(folder, "secrets"))
        .replaceAll("/usr/bin/docker-entrypoint.sh", program),
    );
    return run(shell, [...rest, ...(emqx.command ?? [])], { env: { PATH: process.env["PATH"] } });
  }

  it("takes password and cookie from their files, then becomes EMQX", async () => {
    const folder = copyOfFolder();
    await makeSecrets(folder);
    const secrets = secretsOf(folder);
    const { emqx_dashboard_password: password, emqx_node_cookie: cookie } = secrets;
    const expected = `${password} ${cookie} /opt/emqx/bin/emqx foreground\n`;
    expect(await startIn(folder)).toMatchObject({ code: 0, stdout: expected });
  });

  it.each(["emqx_dashboard_password", "emqx_node_cookie"])(
    "does not start without %s, nor with an empty one",
    async (name) => {
      const folder = copyOfFolder();
      await makeSecrets(folder);
      rmSync(join(folder, "secrets", name));
      expect(await startIn(folder)).toMatchObject({ code: expect.not.toBeOneOf([0]), stdout: "" });
      writeFileSync(join(folder, "secrets", name), "\n");
      const empty = await startIn(folder);
      expect([empty.code === 0, empty.stdout]).toEqual([false, ""]);
      expect(empty.stderr).toContain("is empty");
    },
  );

  describe("health check", () => {
    let server: Server | undefined;
    afterEach(() => server?.close());
    const check = async (status: number | undefined, body: string) => {
      server = createServer((_message, response) => response.writeHead(status ?? 200).end(body)).listen(0, "127.0.0.1");
      await new Promise((resolve) => server?.once("listening", resolve));
      const { port } = server.address() as AddressInfo;
      if (status === undefined) await new Promise((resolve) => server?.close(resolve));
      const [kind, program = "", ...args] = emqx.healthcheck?.test ?? [];
      expect(kind).toBe("CMD");
      const here = args.map((word) => word.replaceAll("18083", String(port)));
      return (await run(program, here, { env: { PATH: process.env["PATH"] } })).code;
    };

    it("is content with an EMQX that runs, as it says itself, and with no other", async () => {
      expect(await check(200, "Node emqx@127.0.0.1 is started\nemqx is running")).toBe(0);
      expect(await check(503, "Node emqx@127.0.0.1 is stopped\nemqx is not_running")).not.toBe(0);
      expect(await check(undefined, "")).not.toBe(0);
    });
  });
});
