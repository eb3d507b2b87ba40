import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { FleetKeys } from "./fleet.ts";
import type { Generator, Measured } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { type FolderOptions, prepareFolder } from "./prepare-folder.ts";
import { type Contender, startService } from "./start-servers.ts";
import { type Summary, summarize } from "./summarize.ts";

export interface SizesParts {
  options: BenchOptions;
  /** Data folder with the keys and without devices, to be copied. */
  empty: string;
  base: string;
  keys: FleetKeys;
  folder: Omit<FolderOptions, "devices">;
  generator: Generator;
  show(text: string): void;
}

/**
 * The same load (b, HMAC) on registries of different sizes, by turns; the first is what the others are compared with.
 * Once from as many devices as the smallest has, which shows what the size of the registry costs, and once from all,
 * which adds what it costs that each comes for the first time in a while.
 */
export async function compareSizes(parts: SizesParts): Promise<Summary[]> {
  const { options, keys, generator, show } = parts;
  const { sizes, seconds } = options;
  const services: { devices: number; service: Contender }[] = [];
  try {
    for (const devices of sizes) {
      show(`importing ${devices} devices`);
      const folder = join(parts.base, `size-${devices}`);
      mkdirSync(folder);
      cpSync(parts.empty, folder, { recursive: true });
      await prepareFolder(folder, { ...parts.folder, devices, passwordDevices: 0 });
      services.push({ devices, service: await startService(folder, keys, { name: `${devices} devices` }) });
    }
    show("making the requests");
    await generator.prepare({ type: "prepare", keys, devices: Math.max(...sizes), loads: ["b-hmac"] });
    // All of them once, in order: then all that fits into memory is there.
    for (const { devices, service } of services) {
      show(`${service.name}, each once`);
      await generator.measure(service, { load: "b-hmac", seconds, devices, onceEach: true });
    }
    const ofSome: Measured[][] = [];
    const ofAll: Measured[][] = [];
    const some = Math.min(...sizes);
    // One more round comes first, to warm up.
    for (let round = 0; round <= options.rounds; round++) {
      show(`round ${round} of ${options.rounds}`);
      const fromSome: Measured[] = [];
      const fromAll: Measured[] = [];
      for (const { service } of services) {
        fromSome.push(await generator.measure(service, { load: "b-hmac", seconds, devices: some, onceEach: false }));
      }
      for (const { devices, service } of services) {
        fromAll.push(await generator.measure(service, { load: "b-hmac", seconds, devices, onceEach: false }));
      }
      if (round === 0) continue;
      ofSome.push(fromSome);
      ofAll.push(fromAll);
    }
    return [...summarize(`from ${some}`, ofSome), ...summarize("from all", ofAll)];
  } finally {
    await Promise.all(services.map(({ service }) => service.stop()));
  }
}
