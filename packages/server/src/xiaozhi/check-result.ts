import { isDeepStrictEqual } from "node:util";
import { parseDocument } from "yaml";
import { unreadable } from "./read-server-section.ts";
import type { WantedEntry } from "./wanted-entry.ts";

/**
 * Throws `OperationError` unless the text differs from what it was in the wanted entries and in nothing else, as both
 * dialects of YAML read it: the proof that a file was understood.
 */
export function checkResult(before: string, after: string, entries: readonly WantedEntry[]): void {
  for (const version of ["1.1", "1.2"] as const) {
    const wanted = valuesIn(before, version);
    for (const { path, value } of entries) set(wanted, ["server", ...path], value);
    if (!isDeepStrictEqual(wanted, valuesIn(after, version))) {
      throw unreadable("the file is written in a way that cannot be changed safely; change these settings by hand");
    }
  }
}

function set(tree: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) tree[name] = value;
  else {
    tree[name] ??= {};
    set(tree[name] as Record<string, unknown>, rest, value);
  }
}

function valuesIn(text: string, version: "1.1" | "1.2"): Record<string, unknown> {
  const schema = version === "1.2" ? "core" : "yaml-1.1";
  const document = parseDocument(text, { version, schema, uniqueKeys: false, logLevel: "silent" });
  // Copied: what aliases share must not change together
  return structuredClone(document.toJS({ maxAliasCount: 1000 }) ?? {}) as Record<string, unknown>;
}
