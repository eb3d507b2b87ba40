import { isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap } from "yaml";
import type { ConfigProblem } from "./config-error.ts";
import { type ConfigKey, configKeys, configSections } from "./config-keys.ts";
import { parseYaml, type YamlFile } from "./parse-yaml.ts";
import type { Setting } from "./setting.ts";
import { quoteName, suggestKey } from "./suggest-key.ts";

export interface SettingsRead {
  settings: Setting[];
  problems: ConfigProblem[];
}

/** What a connack.yaml sets. `name` is how messages call the file. */
export function readYamlSettings(text: string, name: string): SettingsRead {
  const file = parseYaml(text, name, "1.2");
  const read: SettingsRead = {
    settings: [],
    problems: file.problems.map(({ place, problem }) => ({ place, problem })),
  };
  // after a broken line the rest may mean something else than it says
  if (file.root && file.problems.length === 0) readSection(file, file.root, "", read);
  return read;
}

function readSection(file: YamlFile, section: YAMLMap, path: string, read: SettingsRead): void {
  for (const { key, value } of section.items) {
    const name = isScalar(key) ? String(key.value) : "?";
    const full = path === "" ? name : `${path}.${name}`;
    const place = file.placeOf(key);
    const known = configKeys.get(full);
    if (known && !name.includes(".")) readLeaf(file, known, key, value, read);
    else if (configSections.has(full) && !name.includes(".")) readGroup(file, full, place, value, read);
    else {
      const problem = `unknown key ${quoteName(name)}${suggestKey(path, name)}`;
      read.problems.push({ place, problem });
    }
  }
}

function readGroup(file: YamlFile, path: string, place: string, value: unknown, read: SettingsRead): void {
  const node = file.follow(value);
  if (isMap(node)) readSection(file, node, path, read);
  // everything below it is commented out
  else if (node !== null && !(isScalar(node) && node.value === null)) {
    read.problems.push({ place, problem: `\`${path}\` is a section: its keys belong on the next lines, indented` });
  }
}

function readLeaf(file: YamlFile, key: ConfigKey, keyNode: unknown, value: unknown, read: SettingsRead): void {
  const node = file.follow(value);
  const place = file.placeOf(value ?? keyNode);
  const problem = key.kind === "secret" ? problemOfSecretNode(value) : undefined;
  if (problem !== undefined) read.problems.push({ place, problem: `\`${key.key}\`: ${problem}` });
  else if (key.kind !== "structure") {
    read.settings.push({ key, value: plainValue(file, node), place, source: file.lineOf(keyNode) });
  } else {
    const placeInside = (path: readonly PropertyKey[]) => file.placeOf(nodeAt(file, value, path) ?? value);
    const source = file.lineOf(keyNode);
    read.settings.push({ key, value: deepValue(file, node, 0), place, source, placeInside });
  }
}

/** What stands at the end of a path, or as far as the path goes. */
function nodeAt(file: YamlFile, item: unknown, path: readonly PropertyKey[]): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return item;
  const node = file.follow(item);
  const inner = isSeq(node)
    ? node.items[Number(name)]
    : isMap(node)
      ? node.items.find(({ key }) => String(scalarOf(file, key)) === name)?.value
      : undefined;
  return inner === undefined || inner === null ? item : nodeAt(file, inner, rest);
}

/** Unquoted secrets that YAML would silently take for something else. */
function problemOfSecretNode(value: unknown): string | undefined {
  const quote = "put the value in quotes";
  if (isAlias(value)) return `\`*\` begins an alias in YAML; ${quote}`;
  if ((value as Node | null)?.anchor !== undefined) return `\`&\` begins an anchor in YAML; ${quote}`;
  if ((value as Node | null)?.tag?.startsWith("!")) return `\`!\` begins a tag in YAML; ${quote}`;
  const comment = (value as Scalar | null)?.comment;
  if (comment && !/^\s/.test(comment)) return `what follows \` #\` is a comment to YAML; ${quote}`;
  return undefined;
}

/** Text, number, true/false, a list or a mapping of them; anything deeper is an object that no key accepts. */
function plainValue(file: YamlFile, node: Node | undefined | null): unknown {
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => scalarOf(file, item));
  if (isMap(node)) {
    return Object.fromEntries(node.items.map(({ key, value }) => [String(scalarOf(file, key)), scalarOf(file, value)]));
  }
  return node === null ? null : notPlain;
}

/** Deeper than any structure of ours: beyond it nothing is meant. */
const deepest = 8;

function deepValue(file: YamlFile, item: unknown, depth: number): unknown {
  const node = file.follow(item);
  if (depth > deepest) return notPlain;
  if (isSeq(node)) return node.items.map((each) => deepValue(file, each, depth + 1));
  if (isMap(node)) {
    const entries = node.items.map(({ key, value }) => [
      String(scalarOf(file, key)),
      deepValue(file, value, depth + 1),
    ]);
    return Object.fromEntries(entries);
  }
  return isScalar(node) ? node.value : (node ?? null);
}

const notPlain: unique symbol = Symbol("not a plain value");

function scalarOf(file: YamlFile, item: unknown): unknown {
  const node = file.follow(item);
  return isScalar(node) ? node.value : notPlain;
}
