import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** A folder of its own for the calling test file, taken away at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "connack-registry-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
