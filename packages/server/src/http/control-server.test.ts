import { mkdtempSync, rmSync, statSync } from "node:fs";
import { Agent, type IncomingMessage, request, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { silentAudit } from "../audit/testing/silent-audit.ts";
import { OperationError } from "../operations/operation.ts";
import { listenForOperations } from "./control-server.ts";

let folder: string;
let server: Server | undefined;
let errors: unknown[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-control-"));
  errors = [];
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const path = () => join(folder, "connack.sock");
const listen = async (run: (name: string, input: unknown) => Promise<unknown>) => {
  server = await listenForOperations({ path: path(), run, audit: silentAudit, onError: (error) => errors.push(error) });
};

function ask(name: string, input: unknown = {}, agent = new Agent()): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath: path(), path: `/operations/${name}`, method: "POST", agent }, resolve);
    asked.on("error", reject);
    asked.end(JSON.stringify(input));
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of response) text += String(chunk);
  return text;
}

const devices = Array.from({ length: 1000 }, (_, n) => ({ id: `device-${n}`, note: "ü☂".repeat(100) }));

describe("the control server", () => {
  it("answers short and long, on one connection", async () => {
    await listen(async (name, input) => (name === "device.list" ? { devices, next: "more" } : { name, input }));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let round = 0; round < 2; round++) {
      const long = await ask("device.list", {}, agent);
      expect([long.statusCode, long.headers["content-type"]]).toEqual([200, "application/json"]);
      expect(JSON.parse(await textOf(long))).toEqual({ devices, next: "more" });
      const short = await ask("status", { a: 1 }, agent);
      expect(short.headers["content-length"]).toBe("33");
      expect(JSON.parse(await textOf(short))).toEqual({ name: "status", input: { a: 1 } });
    }
    agent.destroy();
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    expect(errors).toEqual([]);
  });

  it("serves others while it sends a long answer to somebody who does not read it", async () => {
    const huge = Array.from({ length: 20_000 }, (_, n) => ({ id: `device-${n}`, note: "x".repeat(500) }));
    await listen(async (name) => (name === "device.list" ? { devices: huge } : { name }));
    const unread = await ask("device.list");
    expect(await textOf(await ask("status"))).toBe('{"name":"status"}');
    unread.destroy(); // and goes away in the middle of it
    await vi.waitFor(
      () =>
        new Promise<void>((resolve, reject) => {
          server?.getConnections((_, count) => (count === 0 ? resolve() : reject(new Error(`${count} connections`))));
        }),
      { timeout: 20_000 },
    );
    expect(errors).toEqual([]);
  });

  it("breaks a long answer off when it cannot be made, and goes on", async () => {
    const broken = [
      ...devices,
      {
        toJSON: () => {
          throw new TypeError("cannot be told");
        },
      },
    ];
    await listen(async (name) => (name === "device.list" ? { devices: broken } : { name }));
    await expect(ask("device.list").then(textOf)).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(errors).toEqual([expect.objectContaining({ message: "cannot be told" })]);
    expect(await textOf(await ask("status"))).toBe('{"name":"status"}');
  });

  it("tells refusals and failures apart", async () => {
    await listen(async (name) => {
      if (name === "key.add") throw new OperationError("key_refused", "too weak", "another one");
      throw new TypeError("with a secret in it");
    });
    const refused = await ask("key.add");
    expect([refused.statusCode, JSON.parse(await textOf(refused))]).toEqual([
      422,
      { code: "key_refused", message: "too weak", next: "another one" },
    ]);
    const failed = await ask("status");
    expect([failed.statusCode, JSON.parse(await textOf(failed)).code]).toEqual([500, "internal_error"]);
    expect(errors).toHaveLength(1);
    expect((await ask("Not%20One")).statusCode).toBe(404);
  });
});
