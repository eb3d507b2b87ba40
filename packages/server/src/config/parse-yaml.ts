import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import type { ConfigProblem } from "./config-error.ts";

/** A YAML file that was read as far as it could be. */
export interface YamlFile {
  /** Absent when the file is empty or its top is not a mapping. */
  root: YAMLMap | undefined;
  problems: (ConfigProblem & { code: YAMLError["code"] | "NOT_A_MAPPING" })[];
  /** `connack.yaml:12:3` */
  placeOf(node: unknown): string;
  /** `connack.yaml:12` */
  lineOf(node: unknown): string;
  /** The node that an alias stands for; other nodes as they are. `undefined` for one that cannot be followed. */
  follow(node: unknown): Node | undefined;
}

/** Following an alias is cheap once and endless when aliases nest: a configuration needs few. */
const mostAliases = 100;

/**
 * Parses with places for messages. `dialect` 1.2 is ours; 1.1 is what Python's YAML reads. Messages are our own: the
 * parser's quote the text, and that may hold a secret.
 */
export function parseYaml(text: string, name: string, dialect: "1.1" | "1.2"): YamlFile {
  const lines = new LineCounter();
  const schema = dialect === "1.2" ? "core" : "yaml-1.1";
  const place = (offset: number, column: boolean) => {
    const { line, col } = lines.linePos(offset);
    return column ? `${name}:${line}:${col}` : `${name}:${line}`;
  };
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: dialect, schema });
  } catch (error) {
    // only nesting deeper than the stack gets here
    if (!(error instanceof RangeError)) throw error;
    return empty([{ place: name, problem: "is nested too deeply", code: "RESOURCE_EXHAUSTION" }], name);
  }
  const problems: YamlFile["problems"] = [...document.errors, ...document.warnings].map(({ pos, code }) => {
    return { place: place(pos[0], true), problem: explanations[code] ?? "this is not valid YAML", code };
  });
  const offsetOf = (node: unknown) => (node as Partial<Node> | null | undefined)?.range?.[0] ?? 0;
  const contents = document.contents;
  const isEmpty = contents === null || (isScalar(contents) && contents.value === null);
  if (!isEmpty && !isMap(contents) && problems.length === 0) {
    const problem = "the file has to consist of `key: value` lines";
    problems.push({ place: place(offsetOf(contents), true), problem, code: "NOT_A_MAPPING" });
  }
  let followed = 0;
  return {
    root: isMap(contents) ? contents : undefined,
    problems,
    placeOf: (node) => place(offsetOf(node), true),
    lineOf: (node) => place(offsetOf(node), false),
    follow: (node) => {
      if (!isAlias(node)) return node as Node | undefined;
      followed += 1;
      return followed > mostAliases ? undefined : node.resolve(document);
    },
  };
}

function empty(problems: YamlFile["problems"], name: string): YamlFile {
  return { root: undefined, problems, placeOf: () => name, lineOf: () => name, follow: () => undefined };
}

const explanations: Partial<Record<YAMLError["code"], string>> = {
  BAD_ALIAS: "`*` begins an alias in YAML, and there is no such anchor; put the value in quotes",
  BAD_DQ_ESCAPE: "a backslash in \"…\" begins an escape, and this one does not exist; use '…' instead",
  BAD_INDENT: "the indentation does not fit the lines above, or a bracket or quote before it is not closed",
  BAD_SCALAR_START: "a value cannot begin with this character; put it in quotes",
  BLOCK_AS_IMPLICIT_KEY: "two keys on one line, or a value with `: ` in it; put such a value in quotes",
  DUPLICATE_KEY: "this key is there twice in its section",
  MISSING_CHAR: "a quote, bracket, comma or `:` is missing",
  MULTILINE_IMPLICIT_KEY: "this line has no `:`, or a quote is not closed",
  MULTIPLE_DOCS: "`---` begins a second document; keep everything in one",
  RESOURCE_EXHAUSTION: "is nested too deeply",
  TAB_AS_INDENT: "a tab cannot indent in YAML; use spaces",
  TAG_RESOLVE_FAILED: "`!` begins a tag in YAML, and this one is not known; put the value in quotes",
  UNEXPECTED_TOKEN: "this does not belong here; put values with special characters in quotes",
};
