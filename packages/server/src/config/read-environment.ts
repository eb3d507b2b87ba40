import { resolve } from "node:path";
import type { ConfigProblem } from "./config-error.ts";
import { type ConfigKey, configKeys } from "./config-keys.ts";
import { readTextFile } from "./read-text-file.ts";
import type { SettingsRead } from "./read-yaml-settings.ts";
import type { Setting } from "./setting.ts";
import { suggestVariable } from "./suggest-key.ts";
import { valueFromText } from "./value-from-text.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

const variables = [...configKeys.values()].flatMap(namesOf);
const knownNames: ReadonlySet<string> = new Set(variables.flatMap((name) => [name, `${name}_FILE`]));

/**
 * What `CONNACK_*` and `MQTT_SIGNATURE_KEY` set, directly or by naming a file (`…_FILE`, relative to `cwd`). A variable
 * that is there but says nothing is a problem: most likely a substitution in a script or compose file came out empty.
 */
export function readEnvironment(env: Environment, cwd: string): SettingsRead & { warnings: string[] } {
  const read: SettingsRead & { warnings: string[] } = { settings: [], problems: unknownVariables(env), warnings: [] };
  for (const key of configKeys.values()) {
    const found = namesOf(key).flatMap((name) => readVariable(env, cwd, key, name, read) ?? []);
    const [first, second] = found;
    if (first && second && first.value !== second.value) {
      const problem = `${first.source} is set too, to something else; keep one of them`;
      read.problems.push({ place: second.source, problem });
    } else if (first) takeText(key, first, read);
  }
  return read;
}

interface VariableText {
  value: string;
  source: string;
}

function readVariable(
  env: Environment,
  cwd: string,
  key: ConfigKey,
  name: string,
  read: SettingsRead & { warnings: string[] },
): VariableText | undefined {
  const file = `${name}_FILE`;
  const refuse = (place: string, problem: string): undefined => {
    read.problems.push({ place, problem });
  };
  if (env[name] !== undefined && env[file] !== undefined) return refuse(name, `${file} is set too; keep one of them`);
  const source = env[file] === undefined ? name : file;
  const value = env[source];
  if (value === undefined) return undefined;
  if (value.trim() === "") return refuse(source, "is set but empty; give it a value or unset it");
  if (source === name) return { value, source };
  const content = readTextFile(resolve(cwd, value));
  if (!content.found) return refuse(source, `the file ${value} ${content.problem}`);
  const text = contentOf(content.text, key.kind === "secret", () => {
    read.warnings.push(`${source}: white space around the value in ${value} was removed`);
  });
  return text === "" ? refuse(source, `the file ${value} is empty`) : { value: text, source };
}

/** The last line break is the editor's. White space around a secret is not meant either, but worth telling. */
function contentOf(content: string, isSecret: boolean, onTrimmed: () => void): string {
  const text = content.replace(/\r?\n$/, "");
  const trimmed = text.trim();
  if (isSecret && trimmed !== text && trimmed !== "") onTrimmed();
  return isSecret || trimmed === "" ? trimmed : text;
}

function takeText(key: ConfigKey, { value, source }: VariableText, read: SettingsRead): void {
  const parsed = valueFromText(key.kind, value);
  const setting: Setting = { key, value: parsed, place: source, source };
  if (parsed === undefined) read.problems.push({ place: source, problem: `expected ${key.type}` });
  else read.settings.push(setting);
}

function namesOf(key: ConfigKey): string[] {
  return key.alsoEnvironment === undefined ? [key.environment] : [key.environment, key.alsoEnvironment];
}

function unknownVariables(env: Environment): ConfigProblem[] {
  return Object.entries(env)
    .filter(([name, value]) => name.startsWith("CONNACK_") && value !== undefined && !knownNames.has(name))
    .filter(([name, value]) => !isServiceLink(name, value ?? ""))
    .map(([place]) => ({ place, problem: `unknown variable${suggestVariable(place, variables)}` }));
}

/** Kubernetes puts the address of a service called connack or connack-… into the environment of every pod near it. */
function isServiceLink(name: string, value: string): boolean {
  if (/_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$/.test(name)) return true;
  return (
    /_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/.test(name) || (/_PORT$/.test(name) && /^\w+:\/\//.test(value))
  );
}
