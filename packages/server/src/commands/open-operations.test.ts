import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { UnusableFolder } from "../state/data-folder-path.ts";
import { lockFolder } from "../state/folder-lock.ts";
import { callOperation } from "./open-operations.ts";

let folder: string;
let server: Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-ask-"));
});
afterEach(async () => {
  await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()));
  server = undefined;
  rmSync(folder, { recursive: true });
});

/** A server on the control socket that does this with each connection. */
async function answering(onData: (socket: Socket) => void): Promise<void> {
  mkdirSync(join(folder, "data"));
  server = createServer((socket) => {
    socket.on("error", () => {}); // the other side may be gone already
    socket.once("data", () => onData(socket));
  });
  await new Promise<void>((resolve) => server?.listen(join(folder, "data/connack.sock"), resolve));
}

const problems: string[] = [];
function call(name: string, input: unknown, answerWithinMs = 20_000) {
  const loaded = loadConfig({ env: {}, cwd: folder, overrides: { dataDir: join(folder, "data") } });
  return callOperation(loaded, name, input, { onProblem: (line) => problems.push(line), answerWithinMs });
}

describe("a server that does not answer", () => {
  it("for ever: time is up, and the change may have been done", async () => {
    await answering(() => {});
    await expect(call("device.add", { id: "a b" }, 50)).rejects.toMatchObject({
      code: "no_answer",
      message: "the server did not answer within 0.05 s; the change may have been done",
      next: "connack device show 'a b'",
    });
  });

  it.each([
    ["before its answer", ""],
    ["in mid-answer", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"],
  ])("because it was killed %s", async (_when, begin) => {
    await answering((socket) => socket.end(begin));
    await expect(call("credential.issue", { device: "sensor-1" })).rejects.toMatchObject({
      code: "no_answer",
      message: "the server went away before it answered; the change may have been done",
      next: "connack device show sensor-1",
    });
    await expect(call("device.list", {})).rejects.toMatchObject({
      code: "no_answer",
      message: "the server went away before it answered",
    });
  });

  it("in JSON: bad_answer", async () => {
    await answering((socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"));
    await expect(call("status", {})).rejects.toMatchObject({ code: "bad_answer" });
  });
});

describe("a data folder", () => {
  it.each([
    ["device.list", {}],
    ["device.set", { id: "x" }],
    ["key.list", {}],
    ["status", {}],
    ["credential.issue", { device: "x", scheme: "jwt" }],
    ["credential.explain", { password: "x" }],
  ])("is not made by %s", async (name, input) => {
    const error = await call(name, input).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnusableFolder);
    expect((error as Error).message).toBe(
      `no data folder at ${join(folder, "data")}: run connack serve first, or name it with --data`,
    );
  });

  it.each([
    ["device.add", { id: "x" }],
    ["key.add", { scheme: "jwt" }],
    ["credential.issue", { device: "x", scheme: "jwt", add: true }],
  ])("is made by %s", async (name, input) => {
    await call(name, input);
    expect(await call("status", {})).toMatchObject({ running: false, dataDir: join(folder, "data") });
    expect(problems).toEqual([]);
  });

  it.each(["data", "data/below"])("that is a file is said to be one: %s", async (dataDir) => {
    writeFileSync(join(folder, "data"), "");
    const loaded = loadConfig({ env: {}, cwd: folder, overrides: { dataDir: join(folder, dataDir) } });
    await expect(callOperation(loaded, "device.add", { id: "x" }, { onProblem() {} })).rejects.toThrow(
      `${join(folder, dataDir)} is a file, or lies below one`,
    );
  });

  it("too long for the control socket is said to be so", async () => {
    const loaded = loadConfig({ env: {}, cwd: folder, overrides: { dataDir: join(folder, "d".repeat(120)) } });
    const error = await callOperation(loaded, "status", {}, { onProblem() {} }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnusableFolder);
    expect((error as Error).message).toMatch(/control socket is longer than \d+ bytes/);
  });

  it("that another process has is waited for", async () => {
    await call("device.add", { id: "x" });
    const lock = lockFolder(join(folder, "data"));
    const asked = call("device.show", { id: "x" });
    setTimeout(() => lock.release(), 300);
    expect(await asked).toMatchObject({ id: "x" });
  });
});
