import { jwsAlgorithms } from "@connack/credentials";
import { deriveDeviceKey, importKeyText, KeyImportError } from "@connack/credentials/verify";
import { z } from "zod";
import { KeyStays } from "../provisioning/check-key-removal.ts";
import { generateKey } from "../provisioning/generate-key.ts";
import type { KeyRecord, KeySummary } from "../provisioning/key-record.ts";
import { KeyExists, type NewKey } from "../provisioning/key-ring.ts";
import { RefusedKey } from "../provisioning/prepare-key.ts";
import { type Operation, OperationError, operation } from "./operation.ts";

const addInput = z.strictObject({
  scheme: z.enum(["xiaozhi-hmac", "jwt"]),
  algorithm: z.enum(jwsAlgorithms).optional(),
  /** Content of a key file: a secret, or PEM, JWK or JWKS. A new key is made when it is left out. */
  content: z.string().max(65_536).optional(),
  secretEncoding: z.enum(["text", "base64"]).default("text"),
  /** Devices sign with keys that are derived from it. */
  perDevice: z.literal(true).optional(),
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, "letters, digits, dot, dash and underscore")
    .optional(),
});
type AddInput = z.infer<typeof addInput>;

const list = operation({
  name: "key.list",
  role: "viewer",
  input: z.strictObject({}),
  run: ({ keyRing }) => ({ keys: keyRing.summaries() }),
});

const add = operation({
  name: "key.add",
  role: "admin",
  input: addInput,
  change: (_input, { keys }) => ({ detail: keys.map(addedText).join("; ") }),
  async run({ keyRing }, input): Promise<{ keys: KeySummary[] }> {
    try {
      return { keys: await keyRing.add(...(await newRecords(input))) };
    } catch (error) {
      throw asOperationError(error);
    }
  },
});

function addedText({ id, algorithm }: KeySummary): string {
  return `key ${id} added (${algorithm})`;
}

const remove = operation({
  name: "key.remove",
  role: "admin",
  input: z.strictObject({ id: z.string().min(1).max(128) }),
  change: (_input, { removed }) => ({ detail: `key ${removed.id} removed (${removed.algorithm})` }),
  async run({ keyRing }, { id }): Promise<{ removed: KeySummary }> {
    try {
      return { removed: await keyRing.remove(id) };
    } catch (error) {
      throw asOperationError(error);
    }
  },
});

/** What is flashed into one device. Local: who may ask for it can be any device of the group. */
const derive = operation({
  name: "key.derive",
  role: "admin",
  local: true,
  input: z.strictObject({ device: z.string().min(1).max(256), id: z.string().min(1).max(128).optional() }),
  change: ({ device }, { keyId }) => ({ deviceId: device, detail: `its key derived from key ${keyId}` }),
  run({ keyRing }, { device, id }): { device: string; keyId: string; key: string } {
    const summaries = keyRing.summaries().filter((key) => key.perDevice && (id === undefined || key.id === id));
    const newest = summaries.sort((a, b) => b.generation - a.generation)[0];
    const group = newest && keyRing.issuingKey("jwt", newest.id);
    if (group === undefined) {
      const which = id === undefined ? "there is no key" : `key ${id} is not there, or not one`;
      const next = "connack key add --scheme jwt --per-device";
      throw new OperationError("no_key", `${which} that keys of devices are derived from`, next);
    }
    return { device, keyId: group.record.id, key: deriveDeviceKey(group.verification.key, device) };
  },
});

export const keyOperations: readonly Operation[] = [list, add, remove, derive].map((each) => each as Operation);

async function newRecords(input: AddInput): Promise<NewKey[]> {
  const { scheme, algorithm = input.perDevice && "HS256", content, id, secretEncoding, perDevice } = input;
  const named = { ...(id !== undefined && { id }), ...(perDevice && { perDevice }) };
  if (perDevice && (scheme !== "jwt" || algorithm !== "HS256" || /^\s*(?:-----BEGIN|\{)/.test(content ?? ""))) {
    throw new OperationError(
      "bad_input",
      "keys for each device are derived from a secret for HS256",
      "leave --algorithm out and give a text, or no --file for a new one",
    );
  }
  if (content === undefined) {
    return [{ ...(await generateKey(scheme, algorithm)), ...named }];
  }
  const secret = content.trim();
  if (scheme === "xiaozhi-hmac") return [{ scheme, algorithm: "HMAC-SHA256", origin: "added", secret, ...named }];
  if (!/^(?:-----BEGIN|\{)/.test(secret)) {
    if (algorithm !== undefined && !algorithm.startsWith("HS")) {
      throw new OperationError(
        "bad_input",
        `the key is a text, a secret for HS256, HS384 or HS512, not for ${algorithm}`,
        `give a PEM, JWK or JWKS file for ${algorithm}`,
      );
    }
    const record: NewKey = { scheme, algorithm: algorithm ?? "HS256", origin: "added", secret, secretEncoding };
    return [{ ...record, ...named }];
  }
  const keys = importKeyText(secret, algorithm === undefined ? {} : { algorithm });
  return keys.map((key) => ({
    ...recordOf(key),
    ...(key.id !== undefined && { id: key.id }),
    ...(keys.length === 1 && named),
  }));
}

function recordOf(key: ReturnType<typeof importKeyText>[number]): NewKey {
  const base = { scheme: "jwt" as const, algorithm: key.algorithm as KeyRecord["algorithm"], origin: "added" as const };
  if (key.publicOrSecret.type === "secret") {
    return { ...base, secret: key.publicOrSecret.export().toString("base64"), secretEncoding: "base64" };
  }
  const publicKey = key.publicOrSecret.export({ type: "spki", format: "pem" }).toString();
  const privateKey = key.privateKey?.export({ type: "pkcs8", format: "pem" }).toString();
  return { ...base, publicKey, ...(privateKey !== undefined && { privateKey }) };
}

function asOperationError(error: unknown): unknown {
  if (error instanceof RefusedKey) return new OperationError("key_refused", error.message);
  if (error instanceof KeyStays) return new OperationError(error.code, error.message, error.next);
  if (error instanceof KeyExists) return new OperationError("key_exists", error.message, "choose another --id");
  if (error instanceof KeyImportError) return new OperationError("key_unreadable", error.message);
  return error;
}
