import { isDeepStrictEqual } from "node:util";
import { type ConfigKey, configKeys } from "./config-keys.ts";
import type { Config } from "./config-schema.ts";
import { formatDuration } from "./duration.ts";
import type { LoadedConfig } from "./load-config.ts";

type Loaded = Pick<LoadedConfig, "config" | "sources">;

/** A key that has another value now. */
export interface ConfigChange {
  key: string;
  /** As they would stand in connack.yaml; `(set)` for a secret; absent where nothing is set, and for a structure. */
  from?: unknown;
  to?: unknown;
  /** Where the new value comes from. */
  source: string;
  isLive: boolean;
}

/** What differs, in the order of the schema. Secrets are compared and not shown. */
export function configChanges(before: Loaded, after: Loaded): ConfigChange[] {
  return [...configKeys.values()].flatMap((key) => {
    const [from, to] = [valueAt(before.config, key.key), valueAt(after.config, key.key)];
    if (isDeepStrictEqual(from, to)) return [];
    return [
      {
        key: key.key,
        ...shown("from", key, from),
        ...shown("to", key, to),
        source: after.sources[key.key] ?? "default",
        isLive: key.isLive === true,
      },
    ];
  });
}

/** What a server runs with after it has read its configuration again: of keys that are not live, what it had before. */
export function configInForce(before: LoadedConfig, after: LoadedConfig): LoadedConfig {
  const config = structuredClone(after.config);
  const sources = { ...after.sources };
  for (const { key, isLive } of configKeys.values()) {
    if (isLive) continue;
    setAt(config, key, valueAt(before.config, key));
    sources[key] = before.sources[key] ?? "default";
  }
  return { ...after, config, sources };
}

function shown(name: "from" | "to", { kind }: ConfigKey, value: unknown): Pick<ConfigChange, "from" | "to"> {
  if (value === undefined || kind === "structure") return {};
  if (kind === "secret") return { [name]: "(set)" };
  return { [name]: kind === "duration" ? formatDuration(Number(value)) : value };
}

function valueAt(config: Config, key: string): unknown {
  let value: unknown = config;
  for (const name of key.split(".")) value = (value as Record<string, unknown>)[name];
  return value;
}

/** `undefined` takes the key away, as the schema does with what is not set. */
function setAt(config: Config, key: string, value: unknown): void {
  const names = key.split(".");
  const last = names.pop() ?? key;
  let section = config as unknown as Record<string, unknown>;
  for (const name of names) section = section[name] as Record<string, unknown>;
  if (value === undefined) delete section[last];
  else section[last] = value;
}
