import { randomBytes } from "node:crypto";
import type { Json } from "../management/management-client.ts";
import { mask } from "../management/scrub-secrets.ts";
import { leftBy } from "./change-memory.ts";
import type { ConfigurationWarning } from "./configuration-step.ts";
import { nameOf } from "./configured-object.ts";
import { connackName } from "./desired-events.ts";
import { valueAt, withLeaves } from "./leaves.ts";
import type { SnapshotEntry } from "./snapshot.ts";

/**
 * Where EMQX hides a value it had before and we put ours there, to give the stars back would keep ours, and send it to
 * whoever the object asks. So it goes; only where that is Connack, or the same service as before, it stays.
 */
export function withoutOurSecrets(entry: SnapshotEntry, value: Json, warnings: ConfigurationWarning[]): Json {
  const isTemplate = (path: readonly string[]) => path.join(".") === "body.password";
  const lost = entry.wrote
    .map((key) => key.split("."))
    .filter((path) => valueAt(entry.before, path) === mask && valueAt(value, path) === mask)
    .filter((path) => !isTemplate(path) && !asksConnack(entry));
  if (lost.length === 0) return value;
  warnings.push({
    name: "secret-lost",
    sentence: `The ${entry.object} had ${lost.map((path) => path.join(".")).join(", ")}, which EMQX never showed: it cannot be brought back.`,
    next: "enter it again in EMQX's dashboard",
  });
  return withLeaves(
    value,
    // A token authenticator cannot be without; with one that nobody knows it lets nobody in.
    lost.map((path) => ({ path, value: path[0] === "headers" ? undefined : randomBytes(32).toString("base64url") })),
  );
}

/** Who is asked afterwards may know what we put there: the same service as before, or another address of ours. */
function asksConnack(entry: SnapshotEntry): boolean {
  const [before, left] = [urlOf(entry.before), urlOf(leftBy(entry))];
  if (before === undefined) return false;
  const isOurs = /\/brokers\/emqx\/auth[nz]$/.test(before.pathname) || entry.object === ourConnector;
  return isOurs || before.origin === left?.origin;
}

const ourConnector = nameOf("connector", `http:${connackName}`);

function urlOf(object: Json): URL | undefined {
  const url = valueAt(object, ["url"]);
  return typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
}
