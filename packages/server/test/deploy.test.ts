import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { nodeFlags } from "../../../bench/node-flags.ts";
import { exitCodes } from "../src/commands/command.ts";
import { configKeys } from "../src/config/config-keys.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { instructionsOf, readDeployFile, root, settingsOf } from "./read-deploy-files.ts";
import { removeFolder, run, startConnack, temporaryFolder } from "./run-connack.ts";

const folders: string[] = [];
const newFolder = () => {
  const folder = temporaryFolder();
  folders.push(folder);
  return folder;
};
afterAll(() => folders.forEach(removeFolder));

/** What the file sets has to be known, and to be a value. */
function expectKnown(variables: Record<string, string>): void {
  const { sources } = loadConfig({ env: variables, cwd: newFolder() });
  const used = Object.values(sources);
  for (const name of Object.keys(variables)) expect(used, name).toContain(name);
}

/** Variables that would put a secret into a file that is shared. */
const secretVariables = [...configKeys.values()]
  .filter(({ kind }) => kind === "secret")
  .flatMap(({ environment, alsoEnvironment = environment }) => [environment, alsoEnvironment]);

describe("deploy/systemd/connack.service", () => {
  const unit = readDeployFile("systemd/connack.service");
  const valuesOf = (name: string) =>
    settingsOf(unit)
      .filter((each) => each.name === name)
      .map(({ value }) => value);

  /** The unit as it would stand on this machine, which has Node and Connack elsewhere. */
  function unitHere(): string {
    const file = join(newFolder(), "connack.service");
    writeFileSync(file, unit.replace("/usr/bin/node", process.execPath).replaceAll("/opt/connack", root));
    return file;
  }

  it("is a unit systemd takes, word for word", () => {
    const result = spawnSync("systemd-analyze", ["verify", "--man=no", unitHere()], { encoding: "utf8" });
    expect(result.error).toBeUndefined();
    // Other units of the machine may be told of too.
    expect(result.stderr.split("\n").filter((line) => line.includes("connack"))).toEqual([]);
  });

  it("leaves a program that was taken over little to do", () => {
    const result = spawnSync("systemd-analyze", ["security", "--offline=true", "--threshold=15", unitHere()], {
      encoding: "utf8",
      env: { ...process.env, SYSTEMD_COLORS: "0", SYSTEMD_PAGER: "" },
    });
    expect(result.error).toBeUndefined();
    expect({ status: result.status, tail: result.stdout.trim().split("\n").at(-1) }).toMatchObject({
      status: 0,
      tail: expect.stringMatching(/exposure level for connack.service: [01]\.\d OK/),
    });
  });

  it("starts as the program itself and npm start do", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: { start: string } };
    expect(nodeFlags()).toEqual(["--max-semi-space-size=4"]);
    expect(scripts.start).toBe(`node ${nodeFlags().join(" ")} packages/server/bin/connack.js serve`);
  });

  it("starts the command, reloads it by SIGHUP, and does not try again what cannot get better", () => {
    const [start = ""] = valuesOf("ExecStart");
    expect(start).toBe(`/usr/bin/node ${nodeFlags().join(" ")} /opt/connack/packages/server/bin/connack.js serve`);
    expect(existsSync(start.split(" ").at(-2)?.replace("/opt/connack", root) ?? "")).toBe(true);
    expect(valuesOf("ExecReload")).toEqual(["/bin/kill -HUP $MAINPID"]);
    expect(valuesOf("RestartPreventExitStatus")).toEqual([String(exitCodes.configuration)]);
    expect(Number(valuesOf("TimeoutStopSec"))).toBeGreaterThan(5);
  });

  it("names only variables that are known, and no secret", () => {
    const variables = Object.fromEntries(valuesOf("Environment").map((value) => value.split("=", 2)));
    expect(Object.keys(variables)).toEqual(["CONNACK_DATA"]);
    expectKnown(variables);
  });
});

const ignored = readDeployFile("docker/Dockerfile.dockerignore")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

/** `*` within a name, `**` for any folders. */
function isMatch(path: string, pattern: string): boolean {
  const parts = pattern.split(/(\*\*\/|\*\*|\*)/).map((part) => {
    if (part === "*") return "[^/]*";
    return part.startsWith("**") ? ".*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`).test(path);
}

/** Docker's rules: the last pattern that matches a path or a folder above it decides. */
function isInContext(path: string): boolean {
  const names = path.split("/");
  const parents = names.map((_, index) => names.slice(0, index + 1).join("/"));
  let isIn = true;
  for (const line of ignored) {
    const pattern = line.replace(/^!/, "");
    if (parents.some((parent) => isMatch(parent, pattern))) isIn = line.startsWith("!");
  }
  return isIn;
}

describe("deploy/docker/Dockerfile", () => {
  const dockerfile = readDeployFile("docker/Dockerfile");
  const instructions = instructionsOf(dockerfile);
  const restOf = (word: string) => instructions.filter((each) => each.word === word).map(({ rest }) => rest);
  const last = (word: string) => restOf(word).at(-1) ?? "";
  const variables = Object.fromEntries(
    [...last("ENV").matchAll(/([A-Z_]+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
  );

  /** The paths that are copied out of the context. */
  const copied = restOf("COPY")
    .filter((rest) => !rest.startsWith("--from"))
    .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

  /** The files that a build would see, in a folder of their own. */
  function contextCopy(): string {
    const folder = newFolder();
    const copy = (path: string) =>
      cpSync(join(root, path), join(folder, path), {
        recursive: true,
        filter: (from) => {
          const name = relative(root, from);
          // Folders on the way to what is copied
          return isInContext(name) || /^packages(?:\/[^/]+)?$/.test(name);
        },
      });
    for (const path of copied) copy(path);
    return folder;
  }

  it("copies what is there", () => {
    expect(copied).toContain("packages");
    for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
    expect(restOf("COPY").at(-1)).toBe("--from=build /opt/connack /opt/connack");
    expect(restOf("WORKDIR")).toEqual(["/opt/connack", "/config"]);
  });

  it("gets neither tests nor data nor what was built here", () => {
    const folder = contextCopy();
    const all = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(all).toContain("packages/server/src/main.ts");
    expect(all).toContain("packages/server/bin/connack.js");
    const unwanted =
      /\.test\.ts$|(?:^|\/)(?:testing|test|test-long|bench|node_modules|dist|connack-data|\.git)(?:\/|$)/;
    expect(all.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it("builds from these files: the lock file fits, and all that is compiled is there", async () => {
    expect(restOf("RUN")).toEqual(expect.arrayContaining(["npm ci", "npm prune --omit=dev"]));
    const cwd = contextCopy();
    const env = { ...process.env, npm_config_update_notifier: "false" };
    // The scripts would compile; that is the next step.
    for (const more of [[], ["--omit=dev"]]) {
      const args = ["ci", ...more, "--dry-run", "--offline", "--ignore-scripts"];
      expect(await run("npm", args, { cwd, env }), more.join(" ")).toMatchObject({ code: 0 });
    }
    const linkModules = (path: string) => {
      if (!existsSync(join(root, path))) return;
      mkdirSync(dirname(join(cwd, path)), { recursive: true });
      symlinkSync(join(root, path), join(cwd, path));
    };
    for (const path of ["node_modules", "packages/server/node_modules", "packages/credentials/node_modules"])
      linkModules(path);
    const built = await run("npm", ["run", "--silent", "build"], { cwd, env, timeoutMs: 110_000 });
    expect(built).toMatchObject({ code: 0, stdout: "" });
    for (const made of ["main.js", "bundle/main.js"])
      expect(existsSync(join(cwd, "packages/server/dist", made)), made).toBe(true);
  }, 180_000);

  it("runs as somebody, with known settings and no secret, and listens to the outside of the container", () => {
    expect(last("USER")).toBe("node");
    expect(last("STOPSIGNAL")).toBe("SIGTERM");
    expect(last("VOLUME")).toBe(variables["CONNACK_DATA"]);
    const { NODE_ENV: _, ...ours } = variables;
    expectKnown(ours);
    expect(Object.keys(ours).filter((name) => secretVariables.includes(name))).toEqual([]);
    const { config } = loadConfig({ env: ours, cwd: newFolder() });
    const hosts = [config.http.brokers.host, config.http.admin.host, config.brokers.embedded.host];
    expect(hosts).toEqual(["0.0.0.0", "0.0.0.0", "0.0.0.0"]);
    // Whoever comes from outside is local to nobody.
    expect([config.http.brokers.allowFrom, config.http.admin.metricsWithoutToken]).toEqual([[], false]);
    const ports = [config.http.brokers.port, config.http.admin.port, config.brokers.embedded.port];
    expect(last("EXPOSE").split(" ").map(Number)).toEqual([...ports, config.brokers.embedded.webSocket.port]);
    expect(JSON.parse(last("CMD"))).toEqual(["serve"]);
    const command = JSON.parse(last("ENTRYPOINT")) as string[];
    expect(command.slice(0, -1)).toEqual(["node", ...nodeFlags()]);
    expect(existsSync(command.at(-1)?.replace("/opt/connack", root) ?? "")).toBe(true);
  });

  it("has a health check that tells a server that answers from one that does not", async () => {
    const [, options = "", command = "[]"] = /^(.*)CMD (\[.*\])$/.exec(last("HEALTHCHECK")) ?? [];
    expect(options).toMatch(/--timeout=\d+s/);
    const [program, ...args] = JSON.parse(command) as string[];
    expect(program).toBe("node");
    const check = async (port: number) => {
      const env = { PATH: process.env["PATH"], CONNACK_HTTP_BROKERS_PORT: String(port) };
      return (await run(process.execPath, args, { env })).code;
    };
    const server = await startConnack({ folder: newFolder(), args: ["--no-embedded-broker"] });
    expect(await check(server.httpPort)).toBe(0);
    await server.kill("SIGTERM");
    expect(await check(server.httpPort)).toBe(1);
    const ill = createServer((_message, response) => response.writeHead(503).end()).listen(0, "127.0.0.1");
    await new Promise((resolve) => ill.once("listening", resolve));
    expect(await check((ill.address() as AddressInfo).port)).toBe(1);
    ill.close();
  });
});

describe("deploy/docker/docker-compose.yml", () => {
  interface Compose {
    services: Record<
      string,
      {
        build: { context: string; dockerfile: string };
        ports: string[];
        volumes: string[];
        environment: Record<string, string>;
        [name: string]: unknown;
      }
    >;
    volumes: Record<string, unknown>;
  }
  const compose = parse(readDeployFile("docker/docker-compose.yml")) as Compose;
  const connack = compose.services["connack"] as Compose["services"][string];

  it("builds the Dockerfile that is there", () => {
    const context = join(root, "deploy/docker", connack.build.context);
    expect(relative(root, context)).toBe("");
    expect(existsSync(join(context, connack.build.dockerfile))).toBe(true);
  });

  it("publishes to this machine only, and what the image exposes", () => {
    const exposed = instructionsOf(readDeployFile("docker/Dockerfile")).find(({ word }) => word === "EXPOSE")?.rest;
    const ports = connack.ports.map((port) => /^127\.0\.0\.1:(\d+):\1$/.exec(port)?.[1]);
    expect(ports).toEqual(exposed?.split(" "));
  });

  it("gives the container no more than it needs", () => {
    expect(connack).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
      stop_grace_period: "10s",
    });
    expect(connack).not.toHaveProperty("privileged");
    expect(connack.volumes).toEqual(["connack-data:/data", "./config:/config:ro"]);
    expect(Object.keys(compose.volumes)).toEqual(["connack-data"]);
  });

  it("names only variables that are known, and no secret", () => {
    expectKnown(connack.environment);
    for (const name of Object.keys(connack.environment)) expect(secretVariables).not.toContain(name);
  });
});
