import { setImmediate as nextTurn } from "node:timers/promises";
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

export interface KeyRingOptions {
  folder: DataFolder;
  configured: readonly ConfiguredKey[];
  /** Schemes that are switched on and need keys. */
  schemes: readonly KeyScheme[];
  allowWeakKey: boolean;
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
  /** The newest key of the scheme that can issue, or the one of that id. */
  issuingKey(scheme: KeyScheme, id?: string): PreparedKey | undefined;
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
  const { folder, configured, schemes, allowWeakKey, toRepair = false, now } = options;
  const stored = await readKeyFiles(folder);
  if (configured.length === 0 && !folder.has("registry.db")) await makeFirstKeys();
  const weak = toRepair ? "show" : allowWeakKey;
  let prepared: readonly PreparedKey[] = [
    ...configured.map(({ record, where }) => prepareKey(record, where, weak)),
    ...stored.map(({ record, name }) => prepareKey(record, folder.file(name), weak, removalOf(record))),
  ];
  checkKeyRing(options, prepared);
  for (const { record } of configured) await folder.rememberConfiguredKey(record.scheme);
  let keys = prepared.map((key) => key.verification);
  const inTurn = oneAfterAnother();

  async function makeFirstKeys(): Promise<void> {
    for (const scheme of schemes) {
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
      added.push(prepareKey(record, `key ${id}`, allowWeakKey));
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
        const key = checkKeyRemoval(options, prepared, id);
        const file = stored.find(({ record }) => record.id === id) as StoredKey;
        await removeKeyFile(folder, file);
        stored.splice(stored.indexOf(file), 1);
        use(prepared.filter((each) => each !== key));
        return key.summary;
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

function removalOf({ id }: KeyRecord): string {
  return `Or take it out: connack key remove ${/^[\w.-]+$/.test(id) ? id : JSON.stringify(id)}.`;
}

function nextId(scheme: KeyScheme, generation: number): string {
  return `${scheme === "jwt" ? "jwt" : "hmac"}-${generation}`;
}
