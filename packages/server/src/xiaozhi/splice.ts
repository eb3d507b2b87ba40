import { isAlias, isMap, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { unreadable } from "./read-server-section.ts";

/** A piece of text in the place of another one; `start === end` puts it between. */
export interface Splice {
  start: number;
  end: number;
  text: string;
}

/** The text with all splices made; those at one place in the order given. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const inOrder = splices
    .map((splice, index) => ({ ...splice, index }))
    .sort((a, b) => a.start - b.start || a.index - b.index);
  let result = "";
  let at = 0;
  for (const { start, end, text: piece } of inOrder) {
    result += text.slice(at, start) + piece;
    at = end;
  }
  return result + text.slice(at);
}

/** Puts another value where one stands, comments around it untouched. `place` is for the message when that is not possible. */
export function replaceValue(text: string, node: Node, value: string, place: string): Splice {
  const [start = 0, end = 0] = node.range ?? [];
  if (isTextBlock(node)) {
    throw unreadable(`${place}: the value is a text block (| or >); write it on one line`);
  }
  if (
    !isAlias(node) &&
    node.tag !== undefined &&
    text[start - 1] !== undefined &&
    /![^\s]*\s+$/.test(text.slice(0, start))
  ) {
    throw unreadable(`${place}: the value has a tag (!); remove it`);
  }
  // Where nothing stood there is the colon before, and perhaps a comment behind
  const before = /[\s,[{]/.test(text[start - 1] ?? " ") ? "" : " ";
  const after = text[end] === "#" ? " " : "";
  return { start, end, text: before + value + after };
}

/** Adds lines behind the last entry of a block mapping; each is a line without indent and line end. */
export function appendToBlock(text: string, map: YAMLMap, lines: readonly string[], place: string): Splice {
  const indent = indentOf(text, map, place);
  const last = innermostLast(map);
  // Its last line would get a line end, which is a part of the text unless the block is stripped (|- or >-)
  const [start = 0, end] = last.range ?? [];
  if (isTextBlock(last) && !text.endsWith("\n") && end === text.length && !/^[|>]\d?-/.test(text.slice(start))) {
    throw unreadable(`${place}: the file ends inside a text block (| or >); end its last line first`);
  }
  return insertLines(
    text,
    last.range?.[1] ?? 0,
    lines.map((line) => indent + line),
  );
}

/** Adds whole lines behind the line in which `offset` lies. */
export function insertLines(text: string, offset: number, lines: readonly string[]): Splice {
  const eol = lineEnd(text);
  const isLineStart = offset === 0 || text[offset - 1] === "\n" || text.slice(0, offset) === "\uFEFF";
  const newline = isLineStart ? offset - 1 : text.indexOf("\n", offset);
  const start = newline === -1 && !isLineStart ? text.length : newline + 1;
  const missing = start === text.length && !/(^|\n|^\uFEFF)$/.test(text) ? eol : "";
  return {
    start,
    end: start,
    text: missing + lines.map((line) => line + (missing ? "" : eol)).join(missing ? eol : ""),
  };
}

/** Adds an entry to a mapping in braces. */
export function appendToFlow(map: YAMLMap, entry: string): Splice {
  const last = map.items.at(-1);
  const [start = 0] = map.range ?? [];
  if (!last) return { start: start + 1, end: start + 1, text: entry };
  const node = (last.value ?? last.key) as Node;
  const at = node.range?.[1] ?? start + 1;
  return { start: at, end: at, text: `, ${entry}` };
}

/** White space before the keys of a block mapping. */
export function indentOf(text: string, map: YAMLMap, place: string): string {
  const offset = map.range?.[0] ?? 0;
  const indent = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset).replace(/^\uFEFF/, "");
  if (!/^ *$/.test(indent)) throw unreadable(`${place}: the section does not begin on a line of its own`);
  return indent;
}

/** The node whose text a mapping ends with. */
function innermostLast(node: Node): Node {
  if ((!isMap(node) && !isSeq(node)) || node.flow) return node;
  const last = node.items.at(-1) as Node | { key: Node; value: Node | null } | undefined;
  const inner = last && ("key" in last ? (last.value ?? last.key) : last);
  return inner?.range ? innermostLast(inner) : node;
}

function isTextBlock(node: Node): boolean {
  return isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED");
}

/** The line end of most lines. */
export function lineEnd(text: string): "\r\n" | "\n" {
  const all = text.split("\n").length - 1;
  const crlf = text.split("\r\n").length - 1;
  return crlf * 2 > all ? "\r\n" : "\n";
}
