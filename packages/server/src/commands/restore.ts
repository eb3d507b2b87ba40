import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { OperationError } from "../operations/operation.ts";
import { quoteWord } from "../operations/quote-word.ts";
import type { Restored } from "../state/backup/restore-backup.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { notInIt } from "./backup.ts";
import { type Command, type CommandContext, exitCodes } from "./command.ts";
import { repeatedFlags } from "./lab-options.ts";
import { createPercentProgress } from "./percent-progress.ts";
import { paint, printFields, printJson, wrap } from "./print.ts";
import { whenFolderIsFree } from "./when-folder-is-free.ts";

export const restore: Command = {
  name: "restore",
  summary: "Put a backup into an empty data folder, with the server stopped and as its user",
  arguments: [{ name: "<file>", description: "what connack backup wrote; - reads standard input" }],
  options: [
    {
      flags: "--force",
      description: "also into a folder that is in use: what is there is moved aside, to <folder>.before-restore-<time>",
    },
  ],
  examples: ["sudo -u connack connack restore connack.tar.gz", "connack restore connack.tar.gz --data /tmp/drill"],
  async run(input, context) {
    const [name = ""] = input.args;
    const folder = dataFolderPath(context.loadConfig().config.dataDir);
    const { restoreBackup } = await import("../state/backup/restore-backup.ts");
    const source = name === "-" ? process.stdin : await openFile(name);
    const progress = createPercentProgress(context);
    const options = { source, folder, force: input.options.force === true, now: new Date() };
    try {
      const restored = await whenFolderIsFree(() => restoreBackup({ ...options, onProgress: progress.of(0) }));
      progress.done();
      report(context, folder, restored);
      return exitCodes.ok;
    } finally {
      progress.done();
      source.destroy();
    }
  },
};

/** Before anything else is touched. */
async function openFile(name: string) {
  const next = "name a file that connack backup wrote, or - for standard input";
  try {
    const handle = await open(name);
    if ((await handle.stat()).isFile()) return createReadStream(name, { fd: handle, highWaterMark: 1 << 20 });
    await handle.close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperationError(
      "bad_input",
      code === "ENOENT" ? `no such file: ${name}` : `cannot read ${name} (${code})`,
      next,
    );
  }
  throw new OperationError("bad_input", `${name} is no file`, next);
}

function report(context: CommandContext, folder: string, { manifest, movedTo }: Restored): void {
  const { createdAt, connack, registry, keys, configuredKeys, files } = manifest;
  const audit = files.some(({ name }) => name === "audit.db");
  const warnings = [
    `Revocations after ${createdAt} are not in it: what was revoked, disabled or removed since then is active again, ` +
      "and so are removed keys, removed access tokens and former passwords. Do these again before devices connect.",
    `Devices and keys added after ${createdAt} are gone.`,
    ...notInIt(configuredKeys),
  ];
  const next = `connack device list${repeatedFlags(context)}, then connack serve${repeatedFlags(context)}`;
  if (context.json) {
    const content = { devices: registry.devices, services: registry.services, keys, audit };
    const restored = { dataDir: folder, createdAt, connack, ...content, configuredKeys, ...(movedTo && { movedTo }) };
    printJson(context, { restored, warnings, next });
    return;
  }
  const devices = Object.entries(registry.devices).filter(([, count]) => count > 0);
  printFields(context, {
    restored: folder,
    "as of": createdAt,
    "taken by": `connack ${connack}`,
    devices: devices.length === 0 ? "none" : devices.map(([status, count]) => `${count} ${status}`).join(", "),
    services: String(registry.services),
    keys: String(keys),
    audit: audit ? "yes" : "not in the backup",
    before: movedTo && `moved to ${quoteWord(movedTo)}`,
  });
  for (const warning of warnings) context.out(`\n${paint(context, "yellow", wrap(`Warning: ${warning}`))}\n`);
  context.out(`\nNext: ${next}\n`);
}
