import type { LeafKind } from "./config-leaf.ts";

/**
 * The value that a text from an environment variable or the command line stands for; `undefined` if it cannot be one.
 * Whether the key accepts it is for its schema to say.
 */
export function valueFromText(kind: LeafKind, text: string): unknown {
  switch (kind) {
    case "secret":
      return text;
    case "text":
    case "duration":
      return text.trim();
    case "number":
      return /^\d{1,15}$/.test(text.trim()) ? Number(text) : undefined;
    case "boolean":
      return { true: true, false: false }[text.trim().toLowerCase()];
    case "list":
      return listFrom(text);
    case "text or list":
      return text.includes(",") ? listFrom(text) : text.trim();
    case "map":
    case "structure":
      return mapFrom(text);
  }
}

function listFrom(text: string): string[] | undefined {
  const items = text.split(",").map((item) => item.trim());
  return items.includes("") ? undefined : items;
}

/** JSON, because names and values may hold any separator. The parser's own message is not passed on: it quotes the text. */
function mapFrom(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
