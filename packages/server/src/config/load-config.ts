import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { checkTogether } from "./check-together.ts";
import { ConfigError, type ConfigProblem } from "./config-error.ts";
import { configKeys } from "./config-keys.ts";
import { type Config, configSchema } from "./config-schema.ts";
import { deriveSettings } from "./derive-settings.ts";
import { type Environment, readEnvironment } from "./read-environment.ts";
import { readOverrides } from "./read-overrides.ts";
import { readTextFile } from "./read-text-file.ts";
import { readXiaozhiFile, type XiaozhiRead } from "./read-xiaozhi-file.ts";
import { readYamlSettings, type SettingsRead } from "./read-yaml-settings.ts";
import { problemOfSetting, type Setting } from "./setting.ts";

export interface LoadConfigOptions {
  /** A file that has to be there. Without it `connack.yaml` in `cwd` is read if it is there. */
  file?: string;
  env: Environment;
  /** Relative paths start here. */
  cwd: string;
  /** Values of the command line by dotted key; a text is read like that of an environment variable. */
  overrides?: Readonly<Record<string, unknown>>;
}

export interface LoadedConfig {
  config: Config;
  /** Where the value of each dotted key comes from: `connack.yaml:12`, the name of a variable, `command line`, `default`. */
  sources: Readonly<Record<string, string>>;
  /** Sentences for the operator, without secrets. */
  warnings: string[];
  /** The connack.yaml that was read, where there is one: its full path, and whether nothing at all stands in it. */
  file?: OwnFile;
  /** Full path of the xiaozhi server's own file, where there is one. */
  xiaozhiFile?: string;
  /** Keys that have another value in connack.yaml than the one in force, and what wins over it. */
  overruled?: readonly Overruled[];
}

export interface OwnFile {
  path: string;
  /** As an editor leaves it that truncates first. */
  isBlank: boolean;
}

export interface Overruled {
  key: string;
  /** `command line`, or the name of a variable. */
  by: string;
}

const hmacKey = "credentials.xiaozhiHmac.key";

/**
 * The configuration from every source, strongest first: command line, `CONNACK_*`, `MQTT_SIGNATURE_KEY`, connack.yaml,
 * the xiaozhi server's own file, defaults. Nothing is guessed: throws ConfigError with every problem that was found.
 * Files are only read.
 */
export function loadConfig({ file, env, cwd, overrides = {} }: LoadConfigOptions): LoadedConfig {
  const environment = readEnvironment(env, cwd);
  const own = readOwnFile(file, cwd);
  const read = [readOverrides(overrides), environment, own];
  const problems = read.flatMap((source) => source.problems);
  const settings = read.flatMap((source) => source.settings);
  problems.push(...settings.flatMap(problemAt));
  const chosen = strongest(settings);
  const xiaozhi = readXiaozhi(chosen.get("xiaozhi.configFile"), cwd, problems);
  const warnings = [...environment.warnings, ...xiaozhi.warnings];
  if (xiaozhi.doubtfulKey) {
    const needed = !chosen.has(hmacKey) && chosen.get("credentials.xiaozhiHmac.enabled")?.value !== false;
    const { place, problem } = xiaozhi.doubtfulKey;
    if (needed) problems.push({ place, problem: `${problem}; repair it, or set \`${hmacKey}\`` });
    else warnings.push(`${place}: ${problem}; it is not used`);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const all = [...settings, ...xiaozhi.settings];
  const values = strongest(all);
  warnings.push(...differingSecrets(values, all));
  const config = buildConfig(values);
  const sources = Object.fromEntries([...configKeys.keys()].map((key) => [key, values.get(key)?.source ?? "default"]));
  deriveSettings(config, sources);
  const together = checkTogether(config, sources);
  if (together.problems.length > 0) throw new ConfigError(together.problems);
  return {
    config,
    sources,
    warnings: [...warnings, ...together.warnings],
    ...(own.file && { file: own.file }),
    ...(xiaozhi.file !== undefined && { xiaozhiFile: xiaozhi.file }),
    overruled: overruledIn(own.settings, values),
  };
}

function readOwnFile(file: string | undefined, cwd: string): SettingsRead & { file?: OwnFile } {
  const name = file ?? "connack.yaml";
  const path = resolve(cwd, name);
  const content = readTextFile(path);
  if (content.found) {
    return { ...readYamlSettings(content.text, name), file: { path, isBlank: content.text.trim() === "" } };
  }
  if (file === undefined && content.missing) return { settings: [], problems: otherSpelling(cwd) };
  return { settings: [], problems: [{ place: name, problem: `the file ${content.problem}` }] };
}

/** Somebody who wrote the file with the other ending would run on defaults without noticing. */
function otherSpelling(cwd: string): ConfigProblem[] {
  const other = readTextFile(resolve(cwd, "connack.yml"));
  const problem = "this file is not read; rename it to connack.yaml";
  return !other.found && other.missing ? [] : [{ place: "connack.yml", problem }];
}

/** A file that was asked for has to be there; the default one is read if it is there. */
function readXiaozhi(
  setting: Setting | undefined,
  cwd: string,
  problems: ConfigProblem[],
): XiaozhiRead & { file?: string } {
  const name = String(setting?.value ?? configKeys.get("xiaozhi.configFile")?.default);
  const path = resolve(cwd, name);
  const content = readTextFile(path);
  if (content.found) return { ...readXiaozhiFile(content.text, name), file: path };
  const problem = `the file ${name} ${content.problem}`;
  if (setting) problems.push({ place: setting.place, problem });
  if (setting || content.missing) return { settings: [], warnings: [] };
  return { settings: [], warnings: [], doubtfulKey: { place: name, problem: `the file ${content.problem}` } };
}

/** The first setting of each key: they come strongest first. */
function strongest(settings: readonly Setting[]): ReadonlyMap<string, Setting> {
  return new Map(settings.toReversed().map((setting) => [setting.key.key, setting]));
}

function overruledIn(own: readonly Setting[], values: ReadonlyMap<string, Setting>): Overruled[] {
  return own.flatMap(({ key, value }) => {
    const used = values.get(key.key);
    // Of secrets a warning tells.
    if (used === undefined || key.kind === "secret" || isDeepStrictEqual(used.value, value)) return [];
    return [{ key: key.key, by: used.source }];
  });
}

function problemAt(setting: Setting): ConfigProblem[] {
  const problem = problemOfSetting(setting);
  return problem === undefined ? [] : [problem];
}

/** Two different secrets for one purpose: the usual reason why every device is refused after a move. */
function differingSecrets(values: ReadonlyMap<string, Setting>, all: readonly Setting[]): string[] {
  return all.flatMap(({ key, value, place }) => {
    const used = values.get(key.key);
    if (key.kind !== "secret" || !used || used.value === value) return [];
    return [`${place}: another \`${key.key}\` than that of ${used.source}, which is used`];
  });
}

function buildConfig(values: ReadonlyMap<string, Setting>): Config {
  const tree: Record<string, unknown> = {};
  for (const [key, { value }] of values) {
    const names = key.split(".");
    let section = tree;
    const last = names.pop() ?? key;
    for (const name of names) {
      section[name] ??= {};
      section = section[name] as Record<string, unknown>;
    }
    section[last] = value;
  }
  return configSchema.parse(tree);
}
