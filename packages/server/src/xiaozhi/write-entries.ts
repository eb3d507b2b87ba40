import { isMap, isScalar, type Node, type YAMLMap } from "yaml";
import { entryOf, type ServerSection, unreadable } from "./read-server-section.ts";
import { appendToBlock, appendToFlow, indentOf, insertLines, replaceValue, type Splice } from "./splice.ts";
import type { WantedEntry, WantedScalar, WantedValue } from "./wanted-entry.ts";
import { yamlText } from "./yaml-text.ts";

/** The splices that write the entries, the inner ones first where two are at one place. Throws as `planChange` does. */
export function writeEntries(text: string, section: ServerSection, entries: readonly WantedEntry[]): Splice[] {
  const splices: Splice[] = [];
  const missing: { inner: WantedEntry[]; outer: WantedEntry[] } = { inner: [], outer: [] };
  for (const entry of entries) {
    const [name, member] = entry.path;
    const map = member === undefined ? section.server : (section.gateway.value as YAMLMap);
    const found = map && entryOf(section.yaml, map, member ?? name, name);
    if (!found?.key) (member === undefined ? missing.outer : missing.inner).push(entry);
    else splices.push(replaced(text, section, found.node, entry));
  }
  splices.push(...addTo(text, section, section.gateway.value, missing.inner));
  splices.push(...addToServer(text, section, missing.outer));
  return splices;
}

function replaced(
  text: string,
  { yaml, server }: ServerSection,
  node: Node | undefined,
  { value }: WantedEntry,
): Splice {
  if (!node) throw unreadable(`${yaml.placeOf(server)}: a key without a value; write it on a line of its own`);
  const inFlow = server?.flow === true;
  const former = isScalar(node) ? node : undefined;
  return replaceValue(text, node, inline(value, { inFlow, former }), yaml.placeOf(node));
}

function addToServer(text: string, section: ServerSection, entries: readonly WantedEntry[]): Splice[] {
  if (entries.length === 0) return [];
  const { server, entry, root } = section;
  if (server) return addTo(text, section, server, entries);
  const children = entries.flatMap((each) => blockLines(each, "  ")).map((line) => `  ${line}`);
  if (entry.key) return fillEmptyServer(text, section, children);
  const lines = ["server:", ...children];
  if (!root) return [insertLines(text, endOfEmpty(text), lines)];
  if (root.flow) throw unreadable("the file is written in braces; write it with one key a line");
  return [appendToBlock(text, root, lines, "the file")];
}

/** `server:` with nothing in it. */
function fillEmptyServer(text: string, { entry, root, yaml }: ServerSection, children: string[]): Splice[] {
  const { node } = entry;
  if (root?.flow || !node?.range) throw unreadable(`${yaml.placeOf(node)}: server is empty; remove it`);
  const [start, end] = node.range;
  const indent = indentOf(text, root as YAMLMap, "the file");
  const lines = children.map((line) => indent + line);
  return [{ start, end, text: "" }, insertLines(text, end, lines)];
}

function addTo(text: string, section: ServerSection, node: unknown, entries: readonly WantedEntry[]): Splice[] {
  if (entries.length === 0 || !isMap(node)) return [];
  const map = node as YAMLMap;
  const name = (entry: WantedEntry) => entry.path.at(-1);
  if (map.flow) {
    const texts = entries.map((entry) => `${name(entry)}: ${inline(entry.value, { inFlow: true })}`);
    return [appendToFlow(map, texts.join(", "))];
  }
  const place = section.yaml.placeOf(map);
  return [
    appendToBlock(
      text,
      map,
      entries.flatMap((entry) => blockLines(entry, stepOf(text, section))),
      place,
    ),
  ];
}

function blockLines({ path, value }: WantedEntry, step: string): string[] {
  const name = path.at(-1);
  if (typeof value !== "object") return [`${name}: ${inline(value)}`];
  return [`${name}:`, ...Object.entries(value).map(([key, member]) => `${step}${key}: ${inline(member)}`)];
}

/** By how much the keys of `server` are indented. */
function stepOf(text: string, { root, server, yaml }: ServerSection): string {
  if (!root || !server || root.flow || server.flow) return "  ";
  const outer = indentOf(text, root, "the file");
  return indentOf(text, server, yaml.placeOf(server)).slice(outer.length) || "  ";
}

function inline(value: WantedValue, options: Parameters<typeof yamlText>[1] = {}): string {
  if (typeof value === "string") return yamlText(value, options);
  if (typeof value !== "object") return String(value);
  const member = ([key, each]: [string, WantedScalar]) => `${key}: ${inline(each, { inFlow: true })}`;
  return `{${Object.entries(value).map(member).join(", ")}}`;
}

/** Behind comments, and before a line that ends the document. */
function endOfEmpty(text: string): number {
  const end = /^\.\.\.\s*$/m.exec(text)?.index;
  return end ?? text.length;
}
