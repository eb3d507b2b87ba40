import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Temperature {
  celsius: number;
  /** The sensor's name, or `simulated`. */
  source: string;
  simulated: boolean;
}

export interface Thermometer {
  /** As in `Temperature`. */
  source: string;
  read(nowMs: number): Temperature;
}

/** Where Linux has its thermal zones: one folder each, with `type` and `temp` in thousandths of a degree. */
const thermalFolder = "/sys/class/thermal";
/** What a processor's sensor is usually called. */
const processor = /cpu|soc|pkg|core|k10temp/i;

/** The processor's sensor where there is one, else the first of this machine; without one, made-up values that say so. */
export function openThermometer(folder: string = thermalFolder): Thermometer {
  const zones = zonesIn(folder);
  const zone = zones.find(({ type }) => processor.test(type)) ?? zones[0];
  if (zone === undefined) return { source: "simulated", read: simulatedAt };
  const source = `${zone.name} (${zone.type})`;
  return {
    source,
    read(nowMs) {
      const celsius = readZone(zone.file);
      return celsius === undefined ? simulatedAt(nowMs) : { celsius, source, simulated: false };
    },
  };
}

function zonesIn(folder: string): { name: string; type: string; file: string }[] {
  return namesIn(folder)
    .filter((name) => /^thermal_zone\d+$/.test(name))
    .sort((one, other) => one.localeCompare(other, "en", { numeric: true }))
    .map((name) => ({ name, type: textOf(join(folder, name, "type")) ?? "", file: join(folder, name, "temp") }))
    .filter(({ file }) => readZone(file) !== undefined);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // no such machine: containers and other systems
  }
}

/** Some zones cannot be read while their hardware sleeps. */
function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return undefined;
  }
}

function readZone(file: string): number | undefined {
  const text = textOf(file) ?? "";
  if (!/^-?\d{1,7}$/.test(text)) return undefined;
  const celsius = Number(text) / 1000;
  // What is switched off tells absurd values.
  return celsius > -60 && celsius < 200 && celsius !== 0 ? celsius : undefined;
}

const periodMs = 600_000;

/** A room in the course of ten minutes. */
function simulatedAt(nowMs: number): Temperature {
  const celsius = 21 + 1.5 * Math.sin((2 * Math.PI * (nowMs % periodMs)) / periodMs);
  return { celsius: Math.round(celsius * 100) / 100, source: "simulated", simulated: true };
}
