import { setImmediate as nextTurn } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { VerificationKey } from "@connack/credentials";
import type { DataFolder } from "../state/data-folder.ts";
import { oneAfterAnother } from "../state/one-after-another.ts";
import { checkKeyRemoval } from "./check-key-removal.ts";
import { checkKeyRing } from "./check-key-ring.ts";
import { generateSecret } from "./generate-key.ts";
import { readKeyFiles, removeKeyFile, type StoredKey, writeKeyFile } from "./key-files.ts";
import { type KeyRecord, type KeySummary, keyRecordSchema } from "./key-record.ts";
import { type PreparedKey, prepareKey } from "./prepare-key.ts";

export type KeyScheme = "xiaozhi-hmac" | "jwt";

/** A key from the configuration, with the name of its place (variable, file and line) for messages. */
export interface ConfiguredKey {
  record: KeyRecord;
  where: string;
}

/** What the configuration says of keys. */
export interface KeySettings {
  configured: readonly ConfiguredKey[];
  /** Schemes that are switched on and need keys. */
  schemes: readonly KeyScheme[];
  allowWeakKey: boolean;
}

export interface KeyRingOptions extends KeySettings {
  folder: DataFolder;
  /** The ring is opened to be put in order, not to be served with: the keys that are there are taken however weak. */
  toRepair?: boolean;
  now(): Date;
}

/** Every key credentials are checked with, in memory; several per scheme, so that keys can be changed without a gap. */
export interface KeyRing {
  /** The same array until the ring changes. */
  keys(): readonly VerificationKey[];
  summaries(): KeySummary[];
  /**
   * Adds keys durably, all or none; they are used from the next request on. Rejects with `RefusedKey`, `KeyExists`,
   * `KeyImportError` or `ZodError`. Changes are made one after the other.
   */
  add(...records: NewKey[]): Promise<KeySummary[]>;
  /** Removes a key durably; from the next request on it is unknown. Rejects with `KeyStays`. */
  remove(id: string): Promise<KeySummary>;
  /** Does a task while no key is added or removed; changes asked for meanwhile are made after it. */
  whileUnchanged<Value>(task: () => Promise<Value>): Promise<Value>;
  /** The newest key of the scheme that can issue, or the one of that id. */
  issuingKey(scheme: KeyScheme, id?: string): PreparedKey | undefined;
  /**
   * Puts other settings in force. `swap` is called in the same turn as the keys change. Rejects, with nothing changed,
   * as `openKeyRing` does. A configured key that stays keeps its time.
   */
  configure(settings: KeySettings, swap: () => void): Promise<void>;
  /** Weaknesses that were let through, one sentence each. */
  warnings(): string[];
  /** Finishes the changes that were asked for. */
  close(): Promise<void>;
}

export type NewKey = Omit<KeyRecord, "version" | "id" | "generation" | "createdAt"> & { id?: string };

export class KeyExists extends Error {
  override name = "KeyExists";
}

/**
 * Reads the keys of the data folder and the configuration. Makes one of each kind only for a new folder with nothing
 * configured. Rejects with `DamagedFolder` when a scheme that had a key has none any more, `RefusedKey` for a weak one.
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { folder, toRepair = false, now } = options;
  let settings: KeySettings = options;
  const stored = await readKeyFiles(folder);
  if (settings.configured.length === 0 && !folder.has("registry.db")) await makeFirstKeys();
  let prepared = await prepareAll(settings);
  let keys = prepared.map((key) => key.verification);
  const inTurn = oneAfterAnother();

  async function prepareAll(wanted: KeySettings): Promise<readonly PreparedKey[]> {
    const weak = toRepair ? "show" : wanted.allowWeakKey;
    const all: PreparedKey[] = [];
    for (const { record, where } of wanted.configured) {
      all.push(prepareKey(record, where, weak));
      await nextTurn(); // to judge and import one takes half a millisecond
    }
    for (const { record, name } of stored) {
      all.push(prepareKey(record, folder.file(name), weak, removalOf(record)));
      await nextTurn();
    }
    checkKeyRing({ folder, schemes: wanted.schemes }, all);
    for (const { record } of wanted.configured) await folder.rememberConfiguredKey(record.scheme);
    return all;
  }

  /** The configuration knows no time: that of the first reading stays. */
  function withTimes(wanted: KeySettings): KeySettings {
    const configured = wanted.configured.map(({ record, where }) => {
      const known = settings.configured.find((each) => isSameConfigured(each.record, record));
      return known ? { record: known.record, where } : { record, where };
    });
    return { ...wanted, configured };
  }

  async function makeFirstKeys(): Promise<void> {
    for (const scheme of settings.schemes) {
      if (stored.some(({ record }) => record.scheme === scheme)) continue;
      const named = { id: nextId(scheme, 1), generation: 1, createdAt: now().toISOString() };
      stored.push(await writeKeyFile(folder, { ...generateSecret(scheme), version: 1, ...named }));
    }
  }

  async function prepareNew(inputs: readonly NewKey[]): Promise<PreparedKey[]> {
    const added: PreparedKey[] = [];
    for (const input of inputs) {
      await nextTurn();
      const known = [...prepared, ...added];
      const ofScheme = known.filter((key) => key.record.scheme === input.scheme);
      const generations = ofScheme.map((key) => key.record.generation);
      const generation = Math.max(folder.removedGeneration(input.scheme), ...generations) + 1;
      const id = input.id ?? nextId(input.scheme, generation);
      if (known.some((key) => key.record.id === id)) throw new KeyExists(`there is a key ${id} already`);
      const twin = ofScheme.find((key) => isSameKey(key.record, input));
      if (twin) throw new KeyExists(`this is key ${twin.record.id} already`);
      const createdAt = now().toISOString();
      const record = keyRecordSchema.parse({ ...input, version: 1, id, generation, createdAt }); // as it is read back
      await nextTurn(); // to judge and import it takes half a millisecond
      added.push(prepareKey(record, `key ${id}`, settings.allowWeakKey));
      await nextTurn();
    }
    return added;
  }

  function use(changed: readonly PreparedKey[]): void {
    prepared = changed;
    keys = prepared.map((key) => key.verification);
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
    add: (...inputs) =>
      inTurn(async () => {
        const added = await prepareNew(inputs);
        const files: StoredKey[] = [];
        for (const { record } of added) files.push(await writeKeyFile(folder, record));
        stored.push(...files);
        use([...prepared, ...added]);
        return added.map((key) => key.summary);
      }),
    remove: (id) =>
      inTurn(async () => {
        const key = checkKeyRemoval(settings, prepared, id);
        const file = stored.find(({ record }) => record.id === id) as StoredKey;
        await removeKeyFile(folder, file);
        stored.splice(stored.indexOf(file), 1);
        use(prepared.filter((each) => each !== key));
        return key.summary;
      }),
    whileUnchanged: (task) => inTurn(task),
    configure: (wanted, swap) =>
      inTurn(async () => {
        const next = withTimes(wanted);
        const changed = await prepareAll(next);
        settings = next;
        use(changed);
        swap();
      }),
    close: () => inTurn(() => {}),
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

function isSameConfigured(one: KeyRecord, other: KeyRecord): boolean {
  return isDeepStrictEqual({ ...one, createdAt: "" }, { ...other, createdAt: "" });
}

function removalOf({ id }: KeyRecord): string {
  return `Or take it out: connack key remove ${/^[\w.-]+$/.test(id) ? id : JSON.stringify(id)}.`;
}

function nextId(scheme: KeyScheme, generation: number): string {
  return `${scheme === "jwt" ? "jwt" : "hmac"}-${generation}`;
}
