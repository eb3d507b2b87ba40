import { readFileSync } from "node:fs";
import { importKeyText, KeyImportError } from "@connack/credentials/verify";
import { ConfigError } from "../config/config-error.ts";
import type { LoadedConfig } from "../config/load-config.ts";
import type { KeyRecord } from "./key-record.ts";
import type { ConfiguredKey } from "./key-ring.ts";

/** The keys that configuration and environment name, with their place. Throws `ConfigError` for a file that is no key. */
export function configuredKeys(loaded: LoadedConfig, now: Date): ConfiguredKey[] {
  const { xiaozhiHmac, jwt } = loaded.config.credentials;
  const keys: ConfiguredKey[] = [];
  const base = { version: 1 as const, generation: 1, createdAt: now.toISOString(), origin: "configuration" as const };
  if (xiaozhiHmac.enabled && xiaozhiHmac.key !== undefined) {
    const record: KeyRecord = {
      ...base,
      id: "hmac-configured",
      scheme: "xiaozhi-hmac",
      algorithm: "HMAC-SHA256",
      secret: xiaozhiHmac.key,
    };
    keys.push({ record, where: placeOf(loaded, "credentials.xiaozhiHmac.key") });
  }
  if (jwt.enabled && jwt.secret !== undefined) {
    const { algorithm, secret, secretEncoding } = jwt;
    keys.push({
      record: { ...base, id: "jwt-configured", scheme: "jwt", algorithm, secret, secretEncoding },
      where: placeOf(loaded, "credentials.jwt.secret"),
    });
  }
  if (jwt.enabled)
    for (const file of jwt.keyFiles) keys.push(...keysOfFile(file, base, placeOf(loaded, "credentials.jwt.keyFiles")));
  return keys;
}

function placeOf(loaded: LoadedConfig, key: string): string {
  return `${loaded.sources[key] ?? "configuration"} (${key})`;
}

function keysOfFile(
  file: string,
  base: Pick<KeyRecord, "version" | "generation" | "createdAt" | "origin">,
  place: string,
): ConfiguredKey[] {
  try {
    return importKeyText(readFileSync(file, "utf8"), {}).map((key, index) => {
      const id = key.id ?? `file-${index + 1}`;
      const record: KeyRecord = { ...base, id, scheme: "jwt", algorithm: key.algorithm };
      if (key.publicOrSecret.type === "secret") {
        record.secret = key.publicOrSecret.export().toString("base64");
        record.secretEncoding = "base64";
      } else {
        record.publicKey = key.publicOrSecret.export({ type: "spki", format: "pem" }).toString();
        if (key.privateKey) record.privateKey = key.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
      }
      return { record, where: `${file} from ${place}` };
    });
  } catch (error) {
    const reason =
      error instanceof KeyImportError ? error.message : ((error as NodeJS.ErrnoException).code ?? "unreadable");
    throw new ConfigError([{ place, problem: `key file ${file}: ${reason}` }]);
  }
}
