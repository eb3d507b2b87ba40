import type { Json, JsonObject } from "../management/management-client.ts";

/** Not HOCON as far as it is read here. `line` counts from 1. Never quotes the file: it may hold secrets. */
export class HoconProblem extends Error {
  override name = "HoconProblem";
  readonly line: number;
  constructor(problem: string, line: number) {
    super(problem);
    this.line = line;
  }
}

const deepest = 40;

/**
 * Reads HOCON as EMQX's files have it: objects, lists, quoted and bare texts, dotted keys, comments, and JSON. Later
 * keys win, and objects are merged. Substitutions stay the text they are, and `include` is passed over. Throws
 * `HoconProblem`.
 */
export function parseHocon(text: string): JsonObject {
  let at = 0;
  const fail = (problem: string): never => {
    throw new HoconProblem(problem, text.slice(0, at).split("\n").length);
  };

  skip(true);
  const hasBraces = text[at] === "{";
  const root = hasBraces ? value(0) : members(0, undefined);
  skip(true);
  if (at < text.length) fail("something follows the end");
  return root as JsonObject;

  /** Spaces and comments; with `lines` also line breaks and commas. */
  function skip(lines: boolean): void {
    for (;;) {
      const blank = (lines ? /[\s,\ufeff]*/y : /[^\S\n]*/y) as RegExp;
      blank.lastIndex = at;
      at += blank.exec(text)?.[0].length ?? 0;
      if (text[at] !== "#" && !text.startsWith("//", at)) return;
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
      if (!lines) return;
    }
  }

  function members(depth: number, close: "}" | undefined): JsonObject {
    if (depth > deepest) fail("nested too deeply");
    const found: JsonObject = Object.create(null) as JsonObject;
    for (;;) {
      skip(true);
      if (at >= text.length) return close === undefined ? found : fail(`a ${close} is missing`);
      if (text[at] === close) {
        at++;
        return found;
      }
      if (/^include\s+["(a-z]/.test(text.slice(at, at + 20))) {
        skipLine();
        continue;
      }
      const path = keyPath();
      skip(false);
      if (text[at] === "=" || text[at] === ":") at++;
      else if (text.startsWith("+=", at)) at += 2;
      else if (text[at] !== "{") fail("a key has no value");
      skip(true);
      put(found, path, value(depth + 1));
    }
  }

  function skipLine(): void {
    const end = text.indexOf("\n", at);
    at = end < 0 ? text.length : end;
  }

  function keyPath(): string[] {
    const path: string[] = [];
    for (;;) {
      skip(false);
      if (text[at] === '"') path.push(quoted());
      else {
        const bare = /[^\s.="{}[\],:+#]+/y;
        bare.lastIndex = at;
        const [key] = bare.exec(text) ?? fail("a key is expected");
        at += key.length;
        path.push(key);
      }
      if (text[at] !== ".") return path;
      at++;
    }
  }

  function value(depth: number): Json {
    if (depth > deepest) fail("nested too deeply");
    if (text[at] === "{") {
      at++;
      return members(depth, "}");
    }
    if (text[at] === "[") {
      at++;
      return list(depth);
    }
    return text[at] === '"' ? quotedRun() : bareValue();
  }

  function list(depth: number): Json[] {
    const found: Json[] = [];
    for (;;) {
      skip(true);
      if (at >= text.length) fail("a ] is missing");
      if (text[at] === "]") {
        at++;
        return found;
      }
      found.push(value(depth + 1));
    }
  }

  /** Texts side by side are one. */
  function quotedRun(): string {
    let run = quoted();
    for (;;) {
      skip(false);
      if (text[at] !== '"') return run;
      run += quoted();
    }
  }

  function quoted(): string {
    if (text.startsWith('"""', at)) {
      const end = text.indexOf('"""', at + 3);
      if (end < 0) fail('a """ is missing');
      const inner = text.slice(at + 3, end);
      at = end + 3;
      return inner;
    }
    const literal = /"(?:[^"\\\n]|\\.)*"/y;
    literal.lastIndex = at;
    const [found] = literal.exec(text) ?? fail('a " is missing');
    at += found.length;
    try {
      return JSON.parse(found) as string;
    } catch {
      return found.slice(1, -1); // an escape that JSON does not know
    }
  }

  function bareValue(): Json {
    // `${…}` holds characters that would end a value.
    const bare = /(?:\$\{[^}\n]*\}|[^,\n{}[\]#"])+/y;
    bare.lastIndex = at;
    const [found] = bare.exec(text) ?? fail("a value is expected");
    at += found.length;
    const trimmed = found.trim();
    if (trimmed === "true" || trimmed === "false") return trimmed === "true";
    if (trimmed === "null") return null;
    return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : trimmed;
  }
}

function put(object: JsonObject, path: readonly string[], value: Json): void {
  const [key, ...rest] = path as [string, ...string[]];
  const before = object[key];
  if (rest.length > 0) {
    const inner: JsonObject = isObject(before) ? before : (Object.create(null) as JsonObject);
    object[key] = inner;
    put(inner, rest, value);
  } else if (isObject(before) && isObject(value)) {
    for (const [name, each] of Object.entries(value)) put(before, [name], each);
  } else object[key] = value;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
