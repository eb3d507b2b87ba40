import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export const firmware = fileURLToPath(new URL("..", import.meta.url));
const run = promisify(execFile);

/** What is wrong with memory or arithmetic ends the program. */
const sanitizers = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize=vptr", "-fno-sanitize-recover=all"];
/** As strict as a check can be; exceptions and type information are off as on the chip. */
export const strict = [
  ...["-std=gnu++17", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wsuggest-override", "-Werror"],
  ...["-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics"],
];
/** Where the sketch finds its headers here; the shim stands in for the core. */
export const sketchIncludes = ["shim", "core/include", "ports", "arduino/include"].map(
  (folder) => `-I${join(firmware, folder)}`,
);

const build = join(firmware, "build/loop");

/** One at a time: several test files build in the same folder. */
async function cmake(target: string): Promise<void> {
  mkdirSync(build, { recursive: true });
  const alone = (args: string[]) => run("flock", [join(build, "lock"), "cmake", ...args], { maxBuffer: 1 << 24 });
  await alone(["-S", firmware, "-B", build, `-DCMAKE_CXX_FLAGS=${sanitizers.join(" ")}`]);
  await alone(["--build", build, "--target", target, "-j2"]);
}

/** Builds `connack-device-host` with sanitizers; where it is. */
export async function buildHostDevice(): Promise<string> {
  await cmake("connack-device-host");
  return join(build, "host/connack-device-host");
}

/** One define for each: texts are quoted, numbers and names of other defines are not. */
export type SketchConfig = Record<string, string | number | { name: string }>;

/** Writes a config.h, for whoever runs the tests alone: there are secrets in it. */
export function writeSketchConfig(folder: string, config: SketchConfig): void {
  const value = (given: SketchConfig[string]) =>
    typeof given === "object" ? given.name : typeof given === "string" ? JSON.stringify(given) : String(given);
  const lines = Object.entries(config).map(([name, given]) => `#define ${name} ${value(given)}\n`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, "config.h"), `#pragma once\n${lines.join("")}`, { mode: 0o600 });
}

/** Builds the unchanged sketch and the shim, with the config.h of that folder; the program is put there. */
export async function buildSketch(folder: string): Promise<string> {
  await cmake("connack-shim");
  const sources = readdirSync(join(firmware, "arduino/src"))
    .filter((name) => name.endsWith(".cpp"))
    .map((name) => join(firmware, "arduino/src", name));
  const program = join(folder, "sketch");
  await run(
    "g++",
    [
      ...[...strict, ...sanitizers, ...sketchIncludes, `-I${folder}`],
      ...[`-DCONNACK_BUILT_AT=${Math.floor(Date.now() / 1000)}`, "-Wl,--wrap=time"],
      ...[...sources, "-o", program],
      ...["shim/libconnack-shim.a", "libconnack-mbedtls.a", "libconnack-core.a"].map((library) => join(build, library)),
      "-lmbedcrypto",
    ],
    { maxBuffer: 1 << 24 },
  );
  return program;
}
