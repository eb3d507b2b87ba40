import type { KeyObject } from "node:crypto";
import type { JwsAlgorithm, VerificationKey } from "@connack/credentials";
import { importKeyText, importSecret, judgeSecret, type KeyJudgement } from "@connack/credentials/verify";
import type { KeyRecord, KeySummary } from "./key-record.ts";

/** A key, ready for use: what requests are checked with, what may be shown, and what issuing needs. */
export interface PreparedKey {
  record: KeyRecord;
  verification: VerificationKey;
  summary: KeySummary;
  privateKey?: KeyObject;
  /** Remarks on a key that is good enough, one sentence each. */
  remarks: string[];
}

/** A key nobody should run with, unless the operator says so in so many words. */
export class RefusedKey extends Error {
  override name = "RefusedKey";
  readonly judgement: Extract<KeyJudgement, { ok: false }>;
  constructor(where: string, judgement: Extract<KeyJudgement, { ok: false }>, otherWay?: string) {
    super([`${where}: ${judgement.text}`, ...(otherWay === undefined ? [] : [otherWay])].join(" "));
    this.judgement = judgement;
  }
}

/**
 * Prepares a key once, at load. `where` names its place for messages, `otherWay` what can be done but making it strong.
 * A weak key throws `RefusedKey` unless `allowWeakKey`; it then carries its weakness wherever it is shown. With `show`
 * no weakness is too great: for a ring that nothing is checked with. Throws `KeyImportError` for a damaged one.
 */
export function prepareKey(
  record: KeyRecord,
  where: string,
  allowWeakKey: boolean | "show",
  otherWay?: string,
): PreparedKey {
  const judgement = judgeKey(record);
  const isRefused = judgement?.ok === false && allowWeakKey !== "show" && !(allowWeakKey && judgement.overridable);
  if (isRefused) throw new RefusedKey(where, judgement, otherWay);
  const { id, scheme, algorithm, generation, createdAt, origin } = record;
  const imported = importRecord(record);
  const summary: KeySummary = {
    id,
    scheme,
    algorithm,
    generation,
    createdAt,
    origin,
    canIssue: record.secret !== undefined || imported.privateKey !== undefined,
  };
  if (judgement && !judgement.ok) summary.weakness = judgement.text;
  const verification: VerificationKey = { id, scheme, algorithm, generation, key: imported.publicOrSecret };
  if (record.perDevice) summary.perDevice = verification.perDevice = true;
  const remarks = judgement?.ok ? judgement.warnings : [];
  const prepared = { record, verification, summary, remarks };
  return imported.privateKey ? { ...prepared, privateKey: imported.privateKey } : prepared;
}

function judgeKey(record: KeyRecord): KeyJudgement | undefined {
  if (record.secret === undefined) return undefined; // size and curve of asymmetric keys are checked at import
  const use = record.scheme === "xiaozhi-hmac" ? "xiaozhi-hmac" : (record.algorithm as "HS256" | "HS384" | "HS512");
  const bytes = record.secretEncoding === "base64" ? Buffer.from(record.secret, "base64").length : undefined;
  return judgeSecret(record.secret, use, bytes);
}

function importRecord(record: KeyRecord): { publicOrSecret: KeyObject; privateKey?: KeyObject } {
  if (record.secret !== undefined) {
    const algorithm = record.algorithm === "HMAC-SHA256" ? "HS256" : record.algorithm;
    return { publicOrSecret: importSecret(record.secret, algorithm, record.secretEncoding ?? "text") };
  }
  const algorithm = record.algorithm as JwsAlgorithm;
  const [key] = importKeyText(record.privateKey ?? record.publicKey ?? "", { algorithm });
  if (!key) throw new RangeError(`key ${record.id} holds no key`);
  return key;
}
