import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openThermometer } from "./read-temperature.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "connack-thermal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function zone(number: number, type: string, temp: string): string {
  const at = join(folder, `thermal_zone${number}`);
  mkdirSync(at);
  writeFileSync(join(at, "type"), `${type}\n`);
  writeFileSync(join(at, "temp"), `${temp}\n`);
  return join(at, "temp");
}

describe("openThermometer", () => {
  it("reads the processor's zone before others", () => {
    zone(0, "acpitz", "27800");
    const file = zone(10, "x86_pkg_temp", "41250");
    const thermometer = openThermometer(folder);
    expect(thermometer.read(0)).toEqual({ celsius: 41.25, source: "thermal_zone10 (x86_pkg_temp)", simulated: false });
    writeFileSync(file, "-5000");
    expect(thermometer.read(0).celsius).toBe(-5);
  });

  it("takes the first one otherwise, and none that tells nonsense", () => {
    zone(2, "iwlwifi", "50000");
    zone(1, "acpitz", "30000");
    zone(0, "broken", "-274000");
    mkdirSync(join(folder, "cooling_device0"));
    expect(openThermometer(folder).source).toBe("thermal_zone1 (acpitz)");
  });

  it.each(["0", "9999999", "", "warm"])("a zone that tells %j is none", (temp) => {
    zone(0, "cpu", temp);
    expect(openThermometer(folder).read(0).simulated).toBe(true);
  });

  it("without a zone the values are made up and say so", () => {
    const thermometer = openThermometer(join(folder, "nothing"));
    expect(thermometer.source).toBe("simulated");
    expect(thermometer.read(0)).toEqual({ celsius: 21, source: "simulated", simulated: true });
    expect(thermometer.read(150_000).celsius).toBe(22.5);
    expect(thermometer.read(450_000).celsius).toBe(19.5);
  });

  it("a zone that goes away is not made up in silence", () => {
    const file = zone(0, "cpu", "40000");
    const thermometer = openThermometer(folder);
    rmSync(file);
    expect(thermometer.read(0)).toMatchObject({ simulated: true, source: "simulated" });
  });
});
