import { readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Damaged files that are kept, at most: a disk that damages each new one is not filled with them. */
const mostKept = 3;

/** Gives a damaged file and its log another name, `<file>.corrupt-<time>`, and takes away the oldest of such. */
export function moveAside(file: string): string {
  const prefix = `${basename(file)}.corrupt-`;
  const time = new Date().toISOString().replace(/[-:]/g, "");
  const aside = join(dirname(file), `${prefix}${time}`);
  renameSync(file, aside);
  for (const suffix of ["-wal", "-shm"]) {
    try {
      renameSync(`${file}${suffix}`, `${aside}${suffix}`);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    }
  }
  const kept = readdirSync(dirname(file)).filter((name) => name.startsWith(prefix) && !/-(wal|shm)$/.test(name));
  for (const name of kept.sort().slice(0, -mostKept))
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(dirname(file), `${name}${suffix}`), { force: true });
  return aside;
}
