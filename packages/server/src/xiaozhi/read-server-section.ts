import { type Alias, isAlias, isMap, isScalar, type Node, type Scalar, visit, type YAMLMap } from "yaml";
import { parseYaml, type YamlFile } from "../config/parse-yaml.ts";
import { OperationError } from "../operations/operation.ts";

/** The place of one key in a mapping, found or not. */
export interface Entry {
  /** Absent when the key is not there. */
  key?: Scalar;
  /** The value as it stands in the file, an alias as an alias. */
  node: Node | undefined;
  /** The value, aliases followed. */
  value: Node | undefined;
}

/** The parts of a xiaozhi server's configuration that are looked at or changed. */
export interface ServerSection {
  yaml: YamlFile;
  root: YAMLMap | undefined;
  /** The entry `server` of the root. */
  entry: Entry;
  /** The mapping itself, where it is one. */
  server: YAMLMap | undefined;
  gateway: Entry;
  signatureKey: Entry;
}

/** Finds them. Throws `OperationError` where the file cannot be read as its server reads it, or not be changed safely. */
export function readServerSection(text: string, name: string): ServerSection {
  const yaml = parseYaml(text, name, "1.1");
  // Of equal keys Python takes the last without a word; those on our way are told below
  const broken = yaml.problems.find(({ code }) => code !== "DUPLICATE_KEY");
  if (broken) throw unreadable(`${broken.place}: ${broken.problem}`);
  const { root } = yaml;
  const entry = root ? entryOf(yaml, root, "server", "the file") : absent;
  if (isAlias(entry.node))
    throw unreadable(`${yaml.placeOf(entry.node)}: server is an alias; write its keys out below it`);
  const server = isMap(entry.value) ? entry.value : undefined;
  if (entry.value && !server && !isNull(entry.value)) {
    throw unreadable(`${yaml.placeOf(entry.value)}: server is not a section of keys`);
  }
  const of = (key: string) => (server ? entryOf(yaml, server, key, "server") : absent);
  const section = { yaml, root, entry, server, gateway: of("mqtt_gateway"), signatureKey: of("mqtt_signature_key") };
  checkAnchors(section);
  return section;
}

const absent: Entry = { node: undefined, value: undefined };

/** The entry of a key in a mapping. Throws when it is there twice, or comes from elsewhere by `<<`. */
export function entryOf(yaml: YamlFile, map: YAMLMap, key: string, where: string): Entry {
  const pairs = map.items.filter((pair) => isScalar(pair.key) && pair.key.value === key);
  const [pair, second] = pairs;
  if (second) {
    throw unreadable(
      `${yaml.placeOf(second.key)}: ${key} is there twice in ${where}; remove the one that is not meant`,
    );
  }
  if (pair) {
    const node = (pair.value ?? undefined) as Node | undefined;
    return { key: pair.key as Scalar, node, value: node && yaml.follow(node) };
  }
  const merge = map.items.find((each) => isScalar(each.key) && each.key.source === "<<");
  if (merge && mergedMaps(yaml, merge.value as Node).some((each) => each.has(key))) {
    throw unreadable(
      `${yaml.placeOf(merge.key)}: ${key} comes from elsewhere by <<; write it in ${where} itself first`,
    );
  }
  return absent;
}

function mergedMaps(yaml: YamlFile, node: Node): YAMLMap[] {
  const value = yaml.follow(node);
  if (isMap(value)) return [value as YAMLMap];
  const items = (value as { items?: unknown[] } | undefined)?.items ?? [];
  return items.map((item) => yaml.follow(item)).filter((each): each is YAMLMap => isMap(each));
}

/** Null, the text `null`, or nothing: what servers write for "not set". */
export function isNull(node: Node): boolean {
  return isScalar(node) && (node.value === null || node.value === "");
}

/** What is changed must not stand for something elsewhere. */
function checkAnchors({ yaml, root, entry, server, gateway, signatureKey }: ServerSection): void {
  if (!root) return;
  const used = new Set<string>();
  visit(root, { Alias: (_key, alias: Alias) => void used.add(alias.source) });
  const nodes = [root, entry.node, server, gateway.node, signatureKey.node];
  if (isMap(gateway.node)) nodes.push(...gateway.node.items.map(({ value }) => value as Node));
  for (const node of nodes) {
    const anchor = node && !isAlias(node) ? (node as { anchor?: string }).anchor : undefined;
    if (anchor === undefined || !used.has(anchor)) continue;
    throw unreadable(
      `${yaml.placeOf(node)}: the anchor &${anchor} is used elsewhere in the file, which a change here would change too`,
    );
  }
}

export function unreadable(message: string): OperationError {
  return new OperationError("configuration", message, "correct the file, then run it again; nothing was changed");
}
