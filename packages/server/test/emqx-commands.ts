import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Command, CommandContext, CommandInput } from "../src/commands/command.ts";
import { emqxApply } from "../src/commands/emqx-apply.ts";
import { emqxPlan } from "../src/commands/emqx-plan.ts";
import { emqxRollback } from "../src/commands/emqx-rollback.ts";
import { reportError } from "../src/commands/report-error.ts";
import { loadConfig } from "../src/config/load-config.ts";
import { OperationError } from "../src/operations/operation.ts";
import { openBrokerToken } from "../src/provisioning/broker-token.ts";
import { openDataFolder } from "../src/state/data-folder.ts";
import { type StandIn, type StandInOptions, startStandIn } from "./emqx-stand-in/start-stand-in.ts";
import { removeFolder, temporaryFolder } from "./run-connack.ts";

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** A data folder, an EMQX, and the place where EMQX asks: everything that `connack emqx` works with. */
export interface EmqxBench {
  emqx: StandIn;
  folder: string;
  brokerToken: string;
  /** Where Connack listens for brokers; refuses every login. */
  connackUrl: string;
  /** Everything that nobody may ever see. */
  secrets: string[];
  /** `brokers.emqx` of connack.yaml beside what it needs. */
  configure(more?: string): void;
  /** Runs a command in this process, as the command line would. */
  run(line: string): Promise<CommandResult>;
  json(line: string): Promise<Record<string, never>>;
  /** The configuration of EMQX by its own GETs, without what changes by itself. */
  dump(): Promise<Record<string, unknown>>;
  get(path: string): Promise<unknown>;
  /** Somebody else's change over the API. */
  change(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown): Promise<void>;
  close(): Promise<void>;
}

export async function openBench(options: StandInOptions = {}): Promise<EmqxBench> {
  const emqx = await startStandIn(options);
  const connack = await listen();
  const connackUrl = `http://127.0.0.1:${(connack.address() as AddressInfo).port}`;
  const folder = temporaryFolder();
  const data = await openDataFolder(join(folder, "connack-data"));
  const brokerToken = await openBrokerToken(data);
  await data.release();
  const authorization = `Basic ${Buffer.from(`${emqx.apiKey}:${emqx.apiSecret}`).toString("base64")}`;
  const get = async (path: string) => {
    const answer = await fetch(`${emqx.apiUrl}/api/v5${path}`, { headers: { authorization } });
    return answer.status === 404 ? undefined : await answer.json();
  };
  const bench: EmqxBench = {
    emqx,
    folder,
    brokerToken,
    connackUrl,
    secrets: [brokerToken, emqx.apiSecret],
    configure(more = "") {
      const settings = [
        `url: "${emqx.apiUrl}", apiKey: "${emqx.apiKey}", apiSecret: "${emqx.apiSecret}"`,
        ...(more.includes("connackUrl:") ? [] : [`connackUrl: "${connackUrl}"`]),
        ...(more.includes("timeout:") ? [] : ["timeout: 5s"]),
        ...(more === "" ? [] : [more]),
      ];
      const text = `brokers: {emqx: {${settings.join(", ")}}}\n`;
      writeFileSync(join(folder, "connack.yaml"), text);
    },
    run: (line) => runCommand(folder, line),
    async json(line) {
      const { stdout, stderr } = await runCommand(folder, `${line} --json`);
      if (stdout === "") throw new Error(`${line}: ${stderr}`);
      return JSON.parse(stdout) as Record<string, never>;
    },
    get,
    async change(method, path, body) {
      const headers = { authorization, "content-type": "application/json" };
      const answer = await fetch(`${emqx.apiUrl}/api/v5${path}`, {
        method,
        headers,
        body: JSON.stringify(body) ?? null,
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    },
    async dump() {
      const paths = [
        "/authentication",
        "/authorization/sources",
        "/authorization/settings",
        "/authorization/sources/built_in_database/rules/all",
        "/mqtt/auto_subscribe",
        "/connectors",
        "/actions",
        "/rules?limit=1000&page=1",
      ];
      const answers = await Promise.all(paths.map(get));
      return Object.fromEntries(paths.map((path, index) => [path, answers[index]]));
    },
    async close() {
      emqx.intercept = undefined;
      await emqx.close();
      connack.closeAllConnections();
      connack.close();
      removeFolder(folder);
    },
  };
  bench.configure();
  return bench;
}

/** Takes connections, as EMQX wants to see, and lets nobody in. */
async function listen(): Promise<Server> {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "application/json" }).end('{"result":"deny"}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** Options are words that begin with `--`; none of these commands has one with a value. */
async function runCommand(folder: string, line: string): Promise<CommandResult> {
  const words = line.split(" ");
  const command = [emqxPlan, emqxApply, emqxRollback].find(({ name }) => line.startsWith(name)) as Command;
  const rest = words.slice(command.name.split(" ").length);
  const flags = rest.filter((word) => word.startsWith("--")).map((word) => word.slice(2));
  const options: CommandInput["options"] = {};
  for (const flag of flags) {
    const name = flag.replace(/^no-/, "").replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    options[name] = !flag.startsWith("no-");
  }
  const written: Record<"stdout" | "stderr", string[]> = { stdout: [], stderr: [] };
  const result = (code: number) => ({ code, stdout: written.stdout.join(""), stderr: written.stderr.join("") });
  const context: CommandContext = {
    out: (text) => void written.stdout.push(String(text)),
    outDrained: async () => {},
    err: (text) => void written.stderr.push(text),
    isTTY: false,
    colour: false,
    columns: Infinity,
    errColumns: Infinity,
    json: flags.includes("json"),
    readStdin: async () => "",
    readStdinBytes: async () => Buffer.alloc(0),
    loadConfig: (overrides = {}) =>
      loadConfig({
        env: {},
        cwd: folder,
        file: join(folder, "connack.yaml"),
        overrides: { dataDir: join(folder, "connack-data"), ...overrides },
      }),
    call: async () => {
      throw new OperationError("not_running", "no connack serve runs on this data folder", "connack serve");
    },
  };
  try {
    const args = rest.filter((word) => !word.startsWith("--"));
    return result(await command.run({ args, options }, context));
  } catch (error) {
    return result(reportError(error, context));
  }
}

/** All files below a folder, with their content. */
export function filesBelow(folder: string): { path: string; text: string; mode: number }[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
    const path = join(folder, name);
    const stats = statSync(path);
    return stats.isFile() ? [{ path, text: readFileSync(path, "utf8"), mode: stats.mode & 0o777 }] : [];
  });
}

export function randomSecret(): string {
  return randomBytes(24).toString("base64url");
}
