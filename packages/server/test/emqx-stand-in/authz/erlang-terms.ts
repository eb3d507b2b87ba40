/** A term as acl.conf writes it. */
export type Term =
  | { kind: "atom"; text: string }
  | { kind: "string"; text: string }
  | { kind: "number"; value: number }
  | { kind: "tuple"; items: Term[] }
  | { kind: "list"; items: Term[] };

/** The text is not a sequence of Erlang terms, each ended by a full stop. */
export class TermSyntaxError extends Error {}

const token =
  /\s+|%[^\n]*|<<"((?:[^"\\]|\\.)*)">>|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([a-z][A-Za-z0-9_@]*)|(\d+)|([{}[\],.])/y;

interface Token {
  kind: "string" | "atom" | "number" | "mark";
  text: string;
}

export function parseTerms(text: string): Term[] {
  const tokens = readTokens(text);
  let at = 0;
  const next = (): Token => {
    const one = tokens[at];
    if (!one) throw new TermSyntaxError("ends too early");
    at += 1;
    return one;
  };
  const readTerm = (): Term => {
    const { kind, text: word } = next();
    if (kind === "string" || kind === "atom") return { kind, text: word };
    if (kind === "number") return { kind, value: Number(word) };
    if (word === "{") return { kind: "tuple", items: readItems("}") };
    if (word === "[") return { kind: "list", items: readItems("]") };
    throw new TermSyntaxError(`before: ${word}`);
  };
  const readItems = (end: string): Term[] => {
    const items: Term[] = [];
    if (tokens[at]?.kind === "mark" && tokens[at]?.text === end) at += 1;
    else
      for (;;) {
        items.push(readTerm());
        const mark = next();
        if (mark.kind === "mark" && mark.text === end) break;
        if (mark.text !== ",") throw new TermSyntaxError(`before: ${mark.text}`);
      }
    return items;
  };
  const terms: Term[] = [];
  while (at < tokens.length) {
    terms.push(readTerm());
    if (next().text !== ".") throw new TermSyntaxError("full stop missing");
  }
  return terms;
}

function readTokens(text: string): Token[] {
  const tokens: Token[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (!match) throw new TermSyntaxError("before: ?");
    const [, binary, string, quoted, atom, number, mark] = match;
    const written = binary ?? string;
    if (written !== undefined) tokens.push({ kind: "string", text: written.replace(/\\(.)/g, "$1") });
    else if (quoted !== undefined || atom !== undefined) tokens.push({ kind: "atom", text: quoted ?? atom ?? "" });
    else if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (mark !== undefined) tokens.push({ kind: "mark", text: mark });
  }
  return tokens;
}

/** As Erlang prints it, for EMQX's error texts. */
export function printTerm(term: Term): string {
  if (term.kind === "atom") return term.text;
  if (term.kind === "string") return JSON.stringify(term.text);
  if (term.kind === "number") return String(term.value);
  if (term.kind === "tuple") return `{${term.items.map(printTerm).join(",")}}`;
  return `[${term.items.map(printTerm).join(",")}]`;
}
