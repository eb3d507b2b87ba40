import { configKeys } from "./config-keys.ts";
import { formatDuration } from "./duration.ts";
import type { LoadedConfig } from "./load-config.ts";

export interface ShownSetting {
  key: string;
  /** As it would stand in connack.yaml; `(set)` for a secret; absent where nothing is set. */
  value?: unknown;
  /** `connack.yaml:12`, the name of a variable, `command line`, `default`. */
  source: string;
}

/** Every key with its value and where that comes from, in the order of the schema. Secrets are masked. */
export function showConfig({ config, sources }: Pick<LoadedConfig, "config" | "sources">): ShownSetting[] {
  return [...configKeys.values()].map(({ key, kind }) => {
    const source = sources[key] ?? "default";
    const value = valueAt(config, key);
    if (value === undefined) return { key, source };
    if (kind === "secret") return { key, value: "(set)", source };
    return { key, value: kind === "duration" ? formatDuration(Number(value)) : value, source };
  });
}

function valueAt(config: LoadedConfig["config"], key: string): unknown {
  let value: unknown = config;
  for (const name of key.split(".")) value = (value as Record<string, unknown>)[name];
  return value;
}
