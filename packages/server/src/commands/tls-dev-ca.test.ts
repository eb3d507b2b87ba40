import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { OperationError } from "../operations/operation.ts";
import { type Command, type CommandContext, UsageError } from "./command.ts";
import { tlsDevCa } from "./tls-dev-ca.ts";
import { tlsDevClient } from "./tls-dev-client.ts";

let folder: string;
let dir: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-lab-"));
  dir = join(folder, "tls");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const read = (file: string) => readFileSync(join(dir, file), "utf8");

/** Runs a command as with --json and gives what it prints. */
async function run(command: Command, options: Record<string, string | boolean | string[]> = {}, ...args: string[]) {
  let printed = "";
  const context: Partial<CommandContext> = {
    out: (text) => {
      printed += text;
    },
    json: true,
    loadConfig: () => loadConfig({ env: {}, cwd: folder, overrides: { dataDir: folder } }),
  };
  await command.run({ args, options }, context as CommandContext);
  return JSON.parse(printed);
}

describe("tls dev-ca", () => {
  it("tells what it has made", async () => {
    const made = await run(tlsDevCa, { host: ["192.0.2.7", "Broker.test", "localhost"], days: "30" });
    expect(made).toMatchObject({
      warning: expect.stringContaining("FOR A LAB ONLY"),
      ca: { certificate: join(dir, "ca.crt"), key: join(dir, "ca.key") },
      server: { certificate: join(dir, "server.crt"), key: join(dir, "server.key") },
      caPem: read("ca.crt"),
      config: expect.stringContaining(`certificateFile: "${join(dir, "server.crt")}"`),
      command: expect.stringContaining(
        `--add --command --data ${folder}) -h localhost -p 8883 --cafile ${dir}/ca.crt"`,
      ),
    });
    expect(made.hosts.filter((host: string) => host === "localhost")).toHaveLength(1);
    expect(made.hosts).toEqual(expect.arrayContaining(["localhost", "127.0.0.1", "::1", "192.0.2.7", "Broker.test"]));
    const days = (Date.parse(made.validUntil) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    const certificate = new X509Certificate(read("server.crt"));
    for (const name of ["localhost", "broker.test"]) expect(certificate.checkHost(name)).toBeDefined();
    for (const address of ["127.0.0.1", "::1", "192.0.2.7"]) expect(certificate.checkIP(address)).toBe(address);
    expect(certificate.checkIP("192.0.2.8")).toBeUndefined();
  });

  it("names the port that is configured", async () => {
    writeFileSync(join(folder, "connack.yaml"), "brokers: { embedded: { tls: { port: 18883 } } }\n");
    expect((await run(tlsDevCa)).command).toContain(" -h localhost -p 18883 --cafile ");
    expect((await run(tlsDevClient, {}, "sensor-1")).command).toContain(" -h localhost -p 18883 --cafile ");
  });

  it("opens the broker for other machines only when they are meant", async () => {
    for (const [host, isOpened] of [
      [[], false],
      [["localhost", "127.0.0.2"], false],
      [["broker.test"], true],
    ] as const) {
      const { config } = await run(tlsDevCa, { host: [...host], force: true });
      expect(config.includes("host: 0.0.0.0"), host.join()).toBe(isOpened);
      expect(config.includes("tcp: false")).toBe(isOpened);
    }
  });

  it("replaces nothing unless it is told to", async () => {
    await run(tlsDevCa);
    const [ca, server] = [read("ca.crt"), read("server.crt")];
    await expect(run(tlsDevCa)).rejects.toMatchObject({
      code: "lab_files",
      message: `${join(dir, "ca.crt")} is there already`,
      next: expect.stringMatching(/--keep-ca; .* --force/),
    });
    expect([read("ca.crt"), read("server.crt")]).toEqual([ca, server]);
    await run(tlsDevCa, { keepCa: true });
    expect(read("ca.crt")).toBe(ca);
    expect(read("server.crt")).not.toBe(server);
    expect(new X509Certificate(read("server.crt")).checkIssued(new X509Certificate(ca))).toBe(true);
    await run(tlsDevCa, { force: true });
    expect(read("ca.crt")).not.toBe(ca);
    // A part that is left over counts.
    for (const file of ["ca.crt", "ca.key", "server.crt"]) rmSync(join(dir, file));
    await expect(run(tlsDevCa)).rejects.toThrow(`${join(dir, "server.key")} is there already`);
  });

  it("keeps to the end of its CA", async () => {
    await run(tlsDevCa);
    const { validUntil } = await run(tlsDevCa, { keepCa: true, days: "7300" });
    expect(Date.parse(validUntil)).toBe(Date.parse(new X509Certificate(read("ca.crt")).validTo));
  });

  it.each([
    [{ host: ["a b"] }, UsageError],
    [{ host: ["ok", "http://a"] }, UsageError],
    [{ days: "0" }, UsageError],
    [{ days: "7301" }, UsageError],
    [{ days: "x" }, UsageError],
    [{ keepCa: true }, OperationError],
  ])("makes nothing of %j", async (options, error) => {
    await expect(run(tlsDevCa, options)).rejects.toThrow(error);
    expect(existsSync(dir)).toBe(false);
  });

  it("takes another folder", async () => {
    await run(tlsDevCa, { dir: join(folder, "lab") });
    expect(readdirSync(folder)).toEqual(["lab"]);
  });
});

describe("tls dev-client", () => {
  it.each(["sensor-1", "aa:bb:cc:00:11:22", "Gerät 7"])("makes a certificate that names %s", async (name) => {
    await run(tlsDevCa);
    const made = await run(tlsDevClient, {}, name);
    expect(made).toMatchObject({
      device: name,
      client: { certificate: join(dir, "clients", `${name}.crt`), key: join(dir, "clients", `${name}.key`) },
      config: expect.stringContaining(`clientCaFile: "${join(dir, "ca.crt")}"`),
      command: expect.stringContaining(" -p 8883 --cafile "),
      note: expect.stringMatching(/scheme_not_allowed.*\nconnack device set .* --scheme client-certificate$/),
    });
    const certificate = new X509Certificate(read(`clients/${name}.crt`));
    expect(certificate.subject).toBe(`CN=${name}`);
    expect(certificate.checkIssued(new X509Certificate(read("ca.crt")))).toBe(true);
    await expect(run(tlsDevClient, {}, name)).rejects.toThrow("is there already");
    await run(tlsDevClient, { force: true }, name);
    expect(new X509Certificate(read(`clients/${name}.crt`)).serialNumber).not.toBe(certificate.serialNumber);
  });

  it("needs a CA", async () => {
    await expect(run(tlsDevClient, {}, "sensor-1")).rejects.toThrow(`there is no CA in ${dir}`);
    expect(existsSync(dir)).toBe(false);
  });

  it.each(["../ca", "a/b", "a\\b", ".hidden", "", "a\nb", "a\0", "x".repeat(65)])(
    "refuses the name %j",
    async (name) => {
      await run(tlsDevCa);
      await expect(run(tlsDevClient, {}, name)).rejects.toThrow(UsageError);
      expect(readdirSync(dir)).not.toContain("clients");
    },
  );
});
