import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../config/load-config.ts";
import { type House, openHouse } from "../open-house.ts";
import { type IssueInput, issueCredential, issueInput } from "../operations/issue-credential.ts";
import { runOperation } from "../operations/operations.ts";
import type { ServiceCredential } from "../operations/service-add.ts";
import { mosquittoCommand, noteOnBroker } from "./mosquitto-command.ts";
import { mosquittoLine } from "./service-print.ts";

const dataDir = mkdtempSync(join(tmpdir(), "connack-line-"));
const caFile = join(dataDir, "tls", "ca.crt");
let house: House;
beforeAll(async () => {
  house = await openHouse({ loaded: loadConfig({ env: {}, cwd: dataDir, overrides: { dataDir } }) });
});
afterAll(async () => {
  await house.close();
  rmSync(dataDir, { recursive: true });
});
beforeEach(() => rmSync(join(dataDir, "tls"), { recursive: true, force: true }));

async function lineWith(listeners: Record<string, string>, scheme: IssueInput["scheme"] = "jwt") {
  house.listeners = listeners;
  const issued = await issueCredential(house, issueInput.parse({ device: "sensor-1", scheme }), () => {});
  return { line: mosquittoCommand(issued), note: noteOnBroker(issued.broker) };
}

function makeCa() {
  mkdirSync(join(dataDir, "tls"));
  writeFileSync(caFile, "");
}

describe("the line that tries a credential", () => {
  it("goes to the plain listener where there is one", async () => {
    makeCa();
    const { line, note } = await lineWith({ mqtt: "mqtt://0.0.0.0:1884", mqtts: "mqtts://0.0.0.0:8884" });
    expect(line).toMatch(/^mosquitto_pub -d -h 127\.0\.0\.1 -p 1884 -i sensor-1 /);
    expect([line.includes("--cafile"), note]).toEqual([false, undefined]);
  });

  it.each([
    ["0.0.0.0", "localhost"],
    ["127.0.0.1", "localhost"],
    ["[::1]", "localhost"],
    ["192.0.2.7", "192.0.2.7"],
  ])("uses TLS where %s takes nothing else", async (host, name) => {
    makeCa();
    const { line, note } = await lineWith({ mqtts: `mqtts://${host}:8884`, wss: `wss://${host}:8885/mqtt` });
    expect(line).toContain(` -h ${name} -p 8884 --cafile ${caFile} -i sensor-1 `);
    expect(note).toBeUndefined();
  });

  it("says what is missing where the CA is not known", async () => {
    const { line, note } = await lineWith({ mqtts: "mqtts://127.0.0.1:8884" });
    expect(line).toContain(" -h localhost -p 8884 -i sensor-1 ");
    expect(note).toMatch(/TLS only, at mqtts:\/\/localhost:8884: add --cafile <CA file>/);
  });

  it("names one CA beside a client certificate", async () => {
    makeCa();
    const { line } = await lineWith({ mqtts: "mqtts://127.0.0.1:8884" }, "client-certificate");
    expect(line.match(/--cafile \S+/g)).toEqual([`--cafile ${caFile}`]);
    expect(line).toContain(" --cert device.crt --key device.key ");
  });

  it("is made alike for a service", async () => {
    makeCa();
    house.listeners = { mqtts: "mqtts://127.0.0.1:8884" };
    const made = await runOperation(house, "service.add", { name: "panel", profile: "dashboard" });
    expect(mosquittoLine(made as ServiceCredential)).toContain(` -h localhost -p 8884 --cafile ${caFile} -i `);
  });

  it("asks for an address where no broker runs", async () => {
    expect((await lineWith({})).note).toMatch(/^No embedded broker runs here/);
  });
});
