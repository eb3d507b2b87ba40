import type { AuditLog } from "./audit/audit-log.ts";
import { type ConfigChange, configChanges, configInForce } from "./config/config-changes.ts";
import type { Config } from "./config/config-schema.ts";
import type { LoadedConfig } from "./config/load-config.ts";
import { loadTls } from "./load-tls.ts";
import type { House } from "./open-house.ts";
import { oneAfterAnother } from "./state/one-after-another.ts";

/** What reading the configuration again has changed. */
export interface ReloadReport {
  /** In force from now on. */
  applied: ConfigChange[];
  /** Known, and in force from the next start on. */
  atNextStart: ConfigChange[];
  /** Ids of keys that came or went with it, or are another key now. */
  keys: { added: string[]; removed: string[] };
  /** Sentences for the operator. */
  warnings: string[];
}

/**
 * Reads the configuration again and puts in force what can be without a start. Rejects, with nothing changed, with
 * `ConfigError`, `RefusedKey`, `KeyImportError` or `DamagedFolder`. One after the other.
 */
export type Reload = () => Promise<ReloadReport>;

export interface ReloadParts {
  house: Pick<House, "loaded" | "configure" | "keyRing"> & { audit: Pick<AuditLog, "record"> };
  /** From the sources of the start. Throws `ConfigError`. */
  read(): LoadedConfig;
  /** Takes what concerns nobody in the house; must not throw. */
  onApplied(config: Config, report: ReloadReport): void;
}

export function createReload({ house, read, onApplied }: ReloadParts): Reload {
  const inTurn = oneAfterAnother();
  return () =>
    inTurn(async () => {
      const before = house.loaded;
      const found = read();
      loadTls(found);
      const changes = configChanges(before, found);
      const atNextStart = changes.filter(({ isLive }) => !isLive);
      const pending = atNextStart.length === 0 ? [] : [pendingText(atNextStart)];
      const keysBefore = keyNames(house);
      await house.configure({ ...configInForce(before, found), warnings: [...found.warnings, ...pending] });
      const keysAfter = keyNames(house);
      const report: ReloadReport = {
        applied: changes.filter(({ isLive }) => isLive),
        atNextStart,
        keys: { added: missingIn(keysBefore, keysAfter), removed: missingIn(keysAfter, keysBefore) },
        warnings: found.warnings,
      };
      onApplied(house.loaded.config, report);
      house.audit.record({ type: "service", reason: "reloaded", detail: reloadText(report), actor: "connack" });
      return report;
    });
}

/** One line for the log and the audit. */
export function reloadText({ applied, atNextStart, keys }: ReloadReport): string {
  const parts = [
    ...(applied.length === 0 ? [] : [`in force: ${names(applied)}`]),
    ...(keys.added.length === 0 ? [] : [`new keys: ${keys.added.join(", ")}`]),
    ...(keys.removed.length === 0 ? [] : [`keys gone: ${keys.removed.join(", ")}`]),
    ...(atNextStart.length === 0 ? [] : [pendingText(atNextStart)]),
  ];
  return parts.length === 0 ? "nothing has changed" : parts.join("; ");
}

function pendingText(changes: readonly ConfigChange[]): string {
  return `changed, takes effect at the next start: ${names(changes)}`;
}

function names(changes: readonly ConfigChange[]): string {
  return changes.map(({ key }) => key).join(", ");
}

type Names = ReadonlyMap<string, string>;

/** A key that is replaced in the configuration has the id of the one before, and another time. */
function keyNames({ keyRing }: Pick<House, "keyRing">): Names {
  return new Map(keyRing.summaries().map(({ id, createdAt }) => [id, createdAt]));
}

function missingIn(these: Names, others: Names): string[] {
  return [...others].flatMap(([id, time]) => (these.get(id) === time ? [] : [id]));
}
