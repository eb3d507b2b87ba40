import { makeBackup } from "./backups.ts";
import type { ConfigFile } from "./config-file.ts";
import { checkReplaceable, replaceFile } from "./replace-file.ts";

/** Makes `text` the content of the file, and keeps what was there. Gives the path of the backup. */
export async function applyChange(file: ConfigFile, text: string, now: Date): Promise<string> {
  const after = Buffer.from(text, "utf8");
  await checkReplaceable(file.path, file.stats);
  const backup = await makeBackup(file, after, now);
  await replaceFile(file.path, file.stats, after, file.bytes);
  return backup;
}
