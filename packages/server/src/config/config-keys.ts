import { z } from "zod";
import { type Leaf, leaves } from "./config-leaf.ts";
import { configSchema } from "./config-schema.ts";

/** One key of the configuration, as the schema has it. */
export interface ConfigKey extends Leaf {
  /** Dotted, as in `http.brokers.port`. */
  key: string;
  /** The environment variable of the key, such as `CONNACK_HTTP_BROKERS_PORT`. */
  environment: string;
  schema: z.ZodType;
}

/** Every key by its dotted name, in the order of the schema. */
export const configKeys: ReadonlyMap<string, ConfigKey> = new Map(
  keysBelow(configSchema, "").map((key) => [key.key, key]),
);

/** Names of the groups that keys stand in: `http`, `http.brokers`, … */
export const configSections: ReadonlySet<string> = new Set([...configKeys.keys()].flatMap(ancestors));

function keysBelow(schema: z.ZodType, path: string): ConfigKey[] {
  const leaf = leaves.get(schema);
  if (leaf) return [{ ...leaf, key: path, environment: environmentName(path), schema }];
  const group = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (!(group instanceof z.ZodObject)) throw new TypeError(`${path} is neither a key nor a section`);
  return Object.entries(group.shape).flatMap(([name, part]) =>
    keysBelow(part as z.ZodType, path === "" ? name : `${path}.${name}`),
  );
}

/** `http.brokers.allowFrom` is `CONNACK_HTTP_BROKERS_ALLOW_FROM`. */
export function environmentName(key: string): string {
  const words = key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replaceAll(".", "_");
  return `CONNACK_${words.toUpperCase()}`;
}

function ancestors(key: string): string[] {
  const names = key.split(".");
  return names.slice(0, -1).map((_, index) => names.slice(0, index + 1).join("."));
}
