import { createHash } from "node:crypto";
import type { Json } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import { type Leaf, leavesOf, withLeaves } from "./leaves.ts";
import { isPem } from "./stored-certificate.ts";

/** What EMQX 5.8.0 answers as `******` (recorded): headers of these names, and values stored under these keys. */
const hidden: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "password", "secret", "token"]);

/** Headers that hold no secret; any other one may. */
const openHeaders: ReadonlySet<string> = new Set([
  "accept",
  "cache-control",
  "connection",
  "content-type",
  "keep-alive",
  "user-agent",
]);

/** Whether EMQX hides what is stored there. */
export function isHidden(path: readonly string[]): boolean {
  return hidden.has((path.at(-1) ?? "").toLowerCase());
}

/** A body as GET will show it. */
export function maskHidden(body: Json): Json {
  return withLeaves(
    body,
    leavesOf(body)
      .filter((leaf) => isHidden(leaf.path))
      .map(({ path }) => ({ path, value: mask })),
  );
}

/** What a body holds that EMQX will hide. */
export function hiddenLeaves(body: Json): Leaf[] {
  return leavesOf(body).filter(({ path, value }) => isHidden(path) && value !== mask);
}

/** A value as people may see it: templates in clear, what may be a secret as stars, an address without its query. */
export function shownValue(path: readonly string[], value: Json | undefined): Json | undefined {
  if (value === undefined || value === mask) return value;
  if (typeof value === "string" && /^\$\{[a-z_.]+\}$/.test(value)) return value;
  const isHeader = path.at(-2) === "headers" && !openHeaders.has((path.at(-1) ?? "").toLowerCase());
  if (isHidden(path) || isHeader) return mask;
  if (isPem(value)) {
    return `in PEM form, SHA-256 ${createHash("sha256").update(String(value)).digest("hex").slice(0, 16)}…`;
  }
  if (typeof value === "string" && path.at(-1) === "url")
    return value.replace(/\/\/[^/@]*@/, `//${mask}@`).replace(/\?.*$/s, `?${mask}`);
  return value;
}
