import type { z } from "zod";

/** What of a zod schema says which kind of value it takes. */
interface Definition {
  type: string;
  shape?: Record<string, z.ZodType>;
  innerType?: z.ZodType;
  element?: z.ZodType;
  options?: readonly z.ZodType[];
  in?: z.ZodType;
  values?: readonly unknown[];
}

const definition = (schema: z.ZodType): Definition => schema._zod.def as unknown as Definition;

/**
 * The members of a query string with the types that an operation's input wants. What does not fit stays text: the
 * operation then says what is wrong with it. A member that is repeated is a list.
 */
export function fromQuery(query: URLSearchParams, input: z.ZodType): Record<string, unknown> {
  const shape = definition(input).shape ?? {};
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const member = Object.hasOwn(shape, name) ? shape[name] : undefined;
      const kinds = member ? kindsOf(member) : [];
      const element = kinds.find(({ type }) => type === "array")?.element;
      const texts = query.getAll(name);
      if (element) return [name, texts.map((text) => typedValue(text, kindsOf(element)))];
      return [name, texts.length === 1 ? typedValue(texts[0] as string, kinds) : texts];
    }),
  );
}

/** The names of an input's members. */
export function memberNames(input: z.ZodType): string[] {
  return Object.keys(definition(input).shape ?? {});
}

/** The definitions under what may be left out, has a default, or is one of several. */
function kindsOf(schema: z.ZodType): Definition[] {
  const found = definition(schema);
  if (found.type === "union") return (found.options ?? []).flatMap(kindsOf);
  const below = found.innerType ?? found.in;
  return below ? kindsOf(below) : [found];
}

function typedValue(text: string, kinds: readonly Definition[]): unknown {
  const wants = (type: string) => kinds.some((kind) => kind.type === type || typeof kind.values?.[0] === type);
  if (wants("number") && /^-?\d{1,15}$/.test(text)) return Number(text);
  if (wants("boolean") && /^(?:true|false)$/.test(text)) return text === "true";
  return text;
}
