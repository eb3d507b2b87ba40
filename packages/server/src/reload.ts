import { realpathSync } from "node:fs";
import type { AuditLog } from "./audit/audit-log.ts";
import { type ConfigChange, configChanges, configInForce } from "./config/config-changes.ts";
import { ConfigError } from "./config/config-error.ts";
import { configKeys } from "./config/config-keys.ts";
import type { Config } from "./config/config-schema.ts";
import type { LoadedConfig, Overruled } from "./config/load-config.ts";
import { schemeWarnings } from "./create-schemes.ts";
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
  /** Full paths of the files that settings were read from. */
  files: string[];
  /** Settings of connack.yaml that count for nothing, as the start of the server says something else. */
  overruled: Overruled[];
  /** Sentences for the operator. */
  warnings: string[];
}

/**
 * Reads the configuration again and puts in force what can be without a start. Rejects, with nothing changed, with
 * `ConfigError`, `RefusedKey`, `KeyImportError` or `DamagedFolder`. One after the other. With `file` only when that is
 * the connack.yaml this server reads.
 */
export type Reload = (file?: string) => Promise<ReloadReport>;

export interface ReloadParts {
  house: Pick<House, "config" | "loaded" | "configure" | "keyRing"> & { audit: Pick<AuditLog, "record"> };
  /** From the sources of the start. Throws `ConfigError`. */
  read(): LoadedConfig;
  /** Takes what concerns nobody in the house; must not throw. */
  onApplied(config: Config, report: ReloadReport): void;
}

export function createReload({ house, read, onApplied }: ReloadParts): Reload {
  const inTurn = oneAfterAnother();
  return (file) =>
    inTurn(async () => {
      const before = house.loaded;
      const found = read();
      if (file !== undefined) checkFile(file, found);
      checkStillThere(before, found);
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
        files: filesOf(found),
        overruled: [...(found.overruled ?? [])],
        warnings: [...schemeWarnings(house.config), ...found.warnings, ...toBeCarried(changes)],
      };
      onApplied(house.loaded.config, report);
      house.audit.record({ type: "service", reason: "reloaded", detail: changesText(report), actor: "connack" });
      return report;
    });
}

/** What nobody but the operator can have another program do. */
function toBeCarried(changes: readonly ConfigChange[]): string[] {
  const keys = changes.filter(({ key }) => configKeys.get(key)?.takenBy !== undefined).map(({ key }) => key);
  return keys.length === 0 ? [] : [`EMQX goes on as it was set up until connack emqx apply: ${keys.join(", ")}`];
}

/** One line for the log. */
export function reloadText(report: ReloadReport): string {
  return textOf(report, ({ key }) => key);
}

/** One line for the audit, with what it was and is. Of a secret only whether it is set. */
export function changesText(report: ReloadReport): string {
  return textOf(report, ({ key, from, to }) => {
    // Of a structure only that it is another one.
    return from === undefined && to === undefined ? key : `${key} ${valueText(from)} → ${valueText(to)}`;
  });
}

function textOf({ applied, atNextStart, keys }: ReloadReport, one: (change: ConfigChange) => string): string {
  const parts = [
    ...(applied.length === 0 ? [] : [`in force: ${applied.map(one).join(", ")}`]),
    ...(keys.added.length === 0 ? [] : [`new keys: ${keys.added.join(", ")}`]),
    ...(keys.removed.length === 0 ? [] : [`keys gone: ${keys.removed.join(", ")}`]),
    ...(atNextStart.length === 0 ? [] : [pendingText(atNextStart, one)]),
  ];
  return parts.length === 0 ? "nothing has changed" : parts.join("; ");
}

function pendingText(changes: readonly ConfigChange[], one = ({ key }: ConfigChange) => key): string {
  return `changed, takes effect at the next start: ${changes.map(one).join(", ")}`;
}

/** Why a setting that stands in connack.yaml does nothing. */
export function overruledText(key: string, by: string): string {
  return `${key}: the ${by === "command line" ? by : `variable ${by}`} of the server wins over the file`;
}

/** As it would stand in connack.yaml; `-` where nothing is set. */
export function valueText(value: unknown): string {
  if (value === undefined) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function filesOf({ file, xiaozhiFile }: LoadedConfig): string[] {
  return [file?.path, xiaozhiFile].filter((path) => path !== undefined);
}

/** A file that is gone, or that an editor has emptied to write it anew, is not meant to take every setting back. */
function checkStillThere(before: LoadedConfig, { file }: LoadedConfig): void {
  if (before.file === undefined) return;
  const { path, isBlank } = before.file;
  if (file === undefined) throw new ConfigError([{ place: path, problem: "the file was read before, and is gone" }]);
  if (!file.isBlank || isBlank) return;
  const problem = "the file is empty, and was not before; to take every setting back, leave a comment in it";
  throw new ConfigError([{ place: file.path, problem }]);
}

/** Whoever names a file believes that it is the one that counts. */
function checkFile(wanted: string, { file }: LoadedConfig): void {
  if (file !== undefined && realPath(file.path) === realPath(wanted)) return;
  const own = file === undefined ? "has no configuration file" : `reads ${file.path}`;
  throw new ConfigError([{ place: wanted, problem: `the server does not read this file: it ${own}` }]);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path; // one that is not there is no other one's file
  }
}

type Names = ReadonlyMap<string, string>;

/** A key that is replaced in the configuration has the id of the one before, and another time. */
function keyNames({ keyRing }: Pick<House, "keyRing">): Names {
  return new Map(keyRing.summaries().map(({ id, createdAt }) => [id, createdAt]));
}

function missingIn(these: Names, others: Names): string[] {
  return [...others].flatMap(([id, time]) => (these.get(id) === time ? [] : [id]));
}
