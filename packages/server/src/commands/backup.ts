import { resolve } from "node:path";
import { Writable } from "node:stream";
import type { Packed } from "../state/backup/pack-snapshot.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { createPercentProgress } from "./percent-progress.ts";
import { printFields, printJson, wrap } from "./print.ts";
import { useSnapshot } from "./use-snapshot.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const backup: Command = {
  name: "backup",
  summary: "Copy registry, keys, tokens and audit into one file, while the server runs or not",
  arguments: [{ name: "<file>", description: "a new file, e.g. connack.tar.gz; - writes to standard output" }],
  options: [
    { flags: "--without-audit", description: "leave out what happened, by far the largest part" },
    { flags: "--force", description: "replace the file if it is there" },
  ],
  examples: ["connack backup connack.tar.gz", 'connack backup - --without-audit | ssh nas "cat > connack.tar.gz"'],
  async run(input, context) {
    const [target = ""] = input.args;
    const file = target === "-" ? undefined : resolve(target);
    const force = input.options.force === true;
    if (file === undefined && context.isTTY)
      throw new UsageError("a backup is no text: redirect standard output, or name a file");
    // Loaded only here: other commands need no archives.
    const [{ checkTarget, writeArchive }, { packSnapshot }] = await Promise.all([
      import("../state/backup/write-archive.ts"),
      import("../state/backup/pack-snapshot.ts"),
    ]);
    if (file !== undefined) checkTarget(file, force); // before the work
    const { signal, stop } = abortOnSignal();
    const progress = createPercentProgress(context, 2);
    try {
      const request = { withAudit: input.options.withoutAudit !== true, signal, onProgress: progress.of(0) };
      const { leftOut, packed } = await useSnapshot(context.loadConfig(), request, async ({ path, leftOut }) => {
        const options = { signal, onProgress: progress.of(1) };
        if (file !== undefined) return { leftOut, packed: await writeArchive(path, file, { ...options, force }) };
        // A reader that goes away ends this process in the middle, and what it got is no backup.
        process.exitCode = exitCodes.output;
        return { leftOut, packed: await packSnapshot(path, outputOf(context), options) };
      });
      progress.done();
      report(context, file, packed, leftOut);
      return exitCodes.ok;
    } finally {
      progress.done();
      stop();
    }
  },
};

/** With the backup on standard output, what is told about it goes to standard error. */
function report(
  context: CommandContext,
  file: string | undefined,
  { manifest, bytes, sha256 }: Packed,
  leftOut: readonly string[],
): void {
  const { createdAt, registry, keys, configuredKeys, files } = manifest;
  const told =
    file === undefined ? { ...context, out: (text: string | Uint8Array) => context.err(String(text)) } : context;
  const audit = files.some(({ name }) => name === "audit.db");
  const devices = Object.values(registry.devices).reduce((sum, each) => sum + each, 0);
  if (context.json) {
    const content = { devices: registry.devices, services: registry.services, keys, audit };
    printJson(told, { ...(file && { file }), bytes, sha256, createdAt, ...content, configuredKeys, leftOut });
    return;
  }
  printFields(told, {
    backup: file ?? "standard output",
    size: sizeText(bytes),
    sha256,
    "as of": createdAt,
    devices: String(devices),
    services: String(registry.services),
    keys: String(keys),
    audit: audit ? "in it" : "not in it",
    "left out": leftOut,
  });
  const secrets = "It holds keys, tokens and password hashes: keep it where you would keep the keys.";
  told.out(`\n${wrap([secrets, ...notInIt(configuredKeys)].join(" "))}\n`);
}

/** What a restore needs beside the backup. */
export function notInIt(configuredKeys: readonly string[]): string[] {
  if (configuredKeys.length === 0) return [];
  return [`The key for ${configuredKeys.join(" and ")} comes from the configuration and is not in it.`];
}

function sizeText(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Standard output, no faster than it is read. */
function outputOf(context: CommandContext): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, next) {
      context.out(chunk);
      context.outDrained().then(() => next(), next);
    },
  });
}

/** So that an interrupted backup takes away what it has begun. A second signal ends the process as always. */
function abortOnSignal(): { signal: AbortSignal; stop(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  for (const name of signals) process.once(name, abort);
  return {
    signal: controller.signal,
    stop() {
      for (const name of signals) process.off(name, abort);
    },
  };
}
