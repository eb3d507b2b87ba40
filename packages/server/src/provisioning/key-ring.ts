import type { SchemeName, VerificationKey } from "@connack/credentials";
import type { DataFolder } from "../state/data-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { generateSecret } from "./generate-key.ts";
import { keyFileName, readKeyFiles, writeKeyFile } from "./key-files.ts";
import type { KeyRecord, KeySummary } from "./key-record.ts";
import { type PreparedKey, prepareKey } from "./prepare-key.ts";

export type KeyScheme = "xiaozhi-hmac" | "jwt";

/** A key from the configuration, with the name of its place (variable, file and line) for messages. */
export interface ConfiguredKey {
  record: KeyRecord;
  where: string;
}

export interface KeyRingOptions {
  folder: DataFolder;
  configured: readonly ConfiguredKey[];
  /** Schemes that are switched on and need keys. */
  schemes: readonly KeyScheme[];
  allowWeakKey: boolean;
  now(): Date;
}

/** Every key credentials are checked with, in memory; several per scheme, so that keys can be changed without a gap. */
export interface KeyRing {
  /** The same array until the ring changes. */
  keys(): readonly VerificationKey[];
  summaries(): KeySummary[];
  /**
   * Adds keys durably, all or none; they are used from the next request on. Throws `RefusedKey`, `KeyExists` or
   * `KeyImportError`.
   */
  add(...records: NewKey[]): KeySummary[];
  /** The newest key of the scheme that can issue, or the one of that id. */
  issuingKey(scheme: KeyScheme, id?: string): PreparedKey | undefined;
  /** Weaknesses that were let through, one sentence each. */
  warnings(): string[];
}

export type NewKey = Omit<KeyRecord, "version" | "id" | "generation" | "createdAt"> & { id?: string };

export class KeyExists extends Error {
  override name = "KeyExists";
}

/**
 * Reads the keys of the data folder and the configuration. Makes one of each kind only for a new folder with nothing
 * configured. Throws `DamagedFolder` when a scheme that had a key has none any more, `RefusedKey` for a weak one.
 */
export function openKeyRing(options: KeyRingOptions): KeyRing {
  const { folder, configured, schemes, allowWeakKey, now } = options;
  const records = readKeyFiles(folder);
  if (configured.length === 0 && !folder.has("registry.db")) makeFirstKeys(records);
  const prepared = [
    ...configured.map(({ record, where }) => prepareKey(record, where, allowWeakKey)),
    ...records.map((record) => prepareKey(record, folder.file("keys", keyFileName(record.id)), allowWeakKey)),
  ];
  refuseDoubleIds(prepared);
  refuseLostKeys(prepared);
  let keys: readonly VerificationKey[] = prepared.map((key) => key.verification);

  function makeFirstKeys(found: KeyRecord[]): void {
    for (const scheme of schemes) {
      if (found.some((record) => record.scheme === scheme)) continue;
      const createdAt = now().toISOString();
      const record: KeyRecord = {
        ...generateSecret(scheme),
        version: 1,
        id: nextId(scheme, 1),
        generation: 1,
        createdAt,
      };
      writeKeyFile(folder, record);
      found.push(record);
    }
  }

  function refuseLostKeys(all: readonly PreparedKey[]): void {
    for (const { record } of configured) folder.rememberConfiguredKey(record.scheme);
    for (const scheme of schemes) {
      if (all.some((key) => key.record.scheme === scheme) || !folder.configuredKeys().includes(scheme)) continue;
      throw new DamagedFolder(
        `The ${scheme} key used to come from the configuration and is not there any more. Set it again ` +
          `(${configurationOf[scheme]}), or switch the scheme off with credentials.${settingOf[scheme]}.enabled: false.`,
      );
    }
    if (schemes.length > 0 && all.length === 0) {
      throw new DamagedFolder(`${folder.path} has no keys and none is configured. Put keys/ back from a backup.`);
    }
  }

  return {
    keys: () => keys,
    summaries: () => prepared.map((key) => key.summary),
    warnings: () =>
      prepared.flatMap(({ summary, remarks }) => {
        const weakness =
          summary.weakness === undefined
            ? []
            : [`WEAK KEY, let through because weak keys are allowed: ${summary.weakness}`];
        return [...weakness, ...remarks].map((text) => `key ${summary.id}: ${text}`);
      }),
    issuingKey(scheme, id) {
      const able = prepared.filter((key) => key.record.scheme === scheme && key.summary.canIssue);
      const wanted = id === undefined ? able : able.filter((key) => key.record.id === id);
      return wanted.sort((a, b) => b.record.generation - a.record.generation)[0];
    },
    add(...inputs) {
      const added: PreparedKey[] = [];
      for (const input of inputs) {
        const known = [...prepared, ...added];
        const generation = Math.max(0, ...known.filter(ofScheme(input.scheme)).map((key) => key.record.generation)) + 1;
        const id = input.id ?? nextId(input.scheme, generation);
        if (known.some((key) => key.record.id === id)) throw new KeyExists(`there is a key ${id} already`);
        const twin = known.find((key) => key.record.scheme === input.scheme && isSameKey(key.record, input));
        if (twin) throw new KeyExists(`this is key ${twin.record.id} already`);
        const record: KeyRecord = { ...input, version: 1, id, generation, createdAt: now().toISOString() };
        added.push(prepareKey(record, `key ${id}`, allowWeakKey));
      }
      for (const key of added) writeKeyFile(folder, key.record);
      prepared.push(...added);
      keys = prepared.map((each) => each.verification);
      return added.map((key) => key.summary);
    },
  };
}

/** The same key under two names would count as two generations. */
function isSameKey(one: NewKey, other: NewKey): boolean {
  const content = ({ secret, secretEncoding = "text", publicKey }: NewKey) =>
    secret === undefined
      ? Buffer.from(publicKey ?? "")
      : Buffer.from(secret, secretEncoding === "text" ? "utf8" : "base64");
  return content(one).equals(content(other));
}

function ofScheme(scheme: KeyScheme): (key: PreparedKey) => boolean {
  return (key) => key.record.scheme === scheme;
}

function nextId(scheme: KeyScheme, generation: number): string {
  return `${scheme === "jwt" ? "jwt" : "hmac"}-${generation}`;
}

function refuseDoubleIds(prepared: readonly PreparedKey[]): void {
  const ids = prepared.map((key) => key.record.id);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  if (double !== undefined) throw new DamagedFolder(`two keys are called ${double}: rename one (kid or file name)`);
}

const configurationOf: Record<KeyScheme, string> = {
  "xiaozhi-hmac": "MQTT_SIGNATURE_KEY or credentials.xiaozhiHmac.key",
  jwt: "credentials.jwt.secret or credentials.jwt.keyFiles",
};
const settingOf = { "xiaozhi-hmac": "xiaozhiHmac", jwt: "jwt" } as const satisfies Partial<Record<SchemeName, string>>;
