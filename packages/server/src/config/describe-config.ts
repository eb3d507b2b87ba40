import { configKeys } from "./config-keys.ts";

/** One line of the table in docs/configuration.md. */
export interface ConfigRow {
  key: string;
  type: string;
  /** As it would stand in connack.yaml; empty where nothing is set by default. */
  default: string;
  environmentVariable: string;
  /** Another variable that means the same. */
  alsoEnvironmentVariable?: string;
  /** A running server takes a change when it reads its configuration again. */
  isLive: boolean;
  /** The command that carries a change to another program. */
  takenBy?: string;
  description: string;
}

/** Every key of the configuration, in the order of the schema. */
export function describeConfig(): ConfigRow[] {
  return [...configKeys.values()].map((key) => ({
    key: key.key,
    type: key.kind === "duration" ? "duration" : key.type,
    default: shownDefault(key.default),
    environmentVariable: key.environment,
    ...(key.alsoEnvironment !== undefined && { alsoEnvironmentVariable: key.alsoEnvironment }),
    isLive: key.isLive === true,
    ...(key.takenBy !== undefined && { takenBy: key.takenBy }),
    description: key.description,
  }));
}

function shownDefault(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
