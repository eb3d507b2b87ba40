import { readFileSync } from "node:fs";
import type { z } from "zod";

/** Something is missing from a folder that was complete once. Starting anyway would open a hole, so nobody does. */
export class DamagedFolder extends Error {
  override name = "DamagedFolder";
}

/**
 * Reads a file of the data folder. Throws `DamagedFolder` naming the file, and the places in it that are wrong, never
 * their content; and what the file system throws.
 */
export function readJsonFile<Schema extends z.ZodType>(path: string, schema: Schema): z.output<Schema> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new DamagedFolder(`${path} is not readable JSON. Put it back from a backup.`);
  }
  const parsed = schema.safeParse(content);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((issue) => issue.path.join(".") || issue.message).join(", ");
  throw new DamagedFolder(`${path} does not have the expected content (${where}). Put it back from a backup.`);
}
