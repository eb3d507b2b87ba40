import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readJsonFile } from "../../../state/read-json-file.ts";
import { writeFileDurably } from "../../../state/write-file-durably.ts";
import type { Json } from "../management/management-client.ts";
import { leavesOf, valueAt } from "./leaves.ts";
import { hiddenLeaves } from "./secret-keys.ts";
import { isStored, storedAt } from "./stored-certificate.ts";

const fileSchema = z.strictObject({
  version: z.literal(1),
  /** Of which EMQX. */
  emqx: z.string(),
  key: z.string().min(32),
  objects: z.record(z.string(), z.record(z.string(), z.string())),
});

/** Stands for a value that was in EMQX before us, that EMQX hides, and that we left there. */
const kept = "kept";

/**
 * EMQX hides the secrets it was given. To know whether it still has ours, a keyed fingerprint of each is kept in the data
 * folder, and never the secret itself. What is not in there is put again, which does no harm.
 */
export interface AppliedSecrets {
  /** Whether this is what was put there last. */
  knows(object: string, key: string, value: Json): boolean;
  /** Whether what EMQX hides there was left as it was. */
  isKept(object: string, key: string): boolean;
  /** Before an object is changed: from now on nothing is known of it, until it is remembered. */
  forget(object: string): Promise<void>;
  /** After a body was taken; `left`: what EMQX shows of it. */
  remember(object: string, body: Json, keptKeys: readonly string[], left: Json): Promise<void>;
}

/** Reads `applied.json` in the folder; of another EMQX, or without the file, nothing is known. */
export function openAppliedSecrets(folder: string, emqx: string): AppliedSecrets {
  const path = join(folder, "applied.json");
  const read = existsSync(path) ? readJsonFile(path, fileSchema) : undefined;
  const file: z.infer<typeof fileSchema> =
    read?.emqx === emqx ? read : { version: 1, emqx, key: randomBytes(32).toString("base64url"), objects: {} };
  const fingerprint = (key: string, value: Json) =>
    createHmac("sha256", file.key)
      .update(JSON.stringify([key, value]))
      .digest("base64url");
  const save = () => writeFileDurably(path, `${JSON.stringify(file, null, 2)}\n`);
  return {
    knows(object, key, value) {
      const known = Buffer.from(file.objects[object]?.[key] ?? "");
      const asked = Buffer.from(fingerprint(key, value));
      return known.toString() === kept || (known.length === asked.length && timingSafeEqual(known, asked));
    },
    isKept: (object, key) => file.objects[object]?.[key] === kept,
    async forget(object) {
      if (!Object.hasOwn(file.objects, object)) return;
      delete file.objects[object];
      await save();
    },
    async remember(object, body, keptKeys, left) {
      const prints = hiddenLeaves(body).map(({ path: leaf, value }) => {
        const key = leaf.join(".");
        return [key, fingerprint(key, value)] as const;
      });
      const stored = leavesOf(body).flatMap(({ path: leaf, value }) => {
        const [key, place] = [leaf.join("."), valueAt(left, leaf)];
        return isStored(place, value) ? [[key, fingerprint(key, storedAt(value, place))] as const] : [];
      });
      file.objects[object] = Object.fromEntries([...prints, ...stored, ...keptKeys.map((key) => [key, kept] as const)]);
      await save();
    },
  };
}

/** For a plan that is only shown where there is no data folder to remember in. */
export const nothingApplied: Pick<AppliedSecrets, "knows" | "isKept"> = { knows: () => false, isKept: () => false };
