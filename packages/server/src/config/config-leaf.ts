import { isIP } from "node:net";
import { z } from "zod";
import { durationType, parseDuration } from "./duration.ts";

/** How the text of an environment variable becomes a value, and how a value is shown. */
export type LeafKind =
  | "text"
  | "secret"
  | "number"
  | "boolean"
  | "duration"
  | "list"
  | "text or list"
  | "map"
  | "structure";

/** What is known of one key beside its zod schema. */
export interface Leaf {
  kind: LeafKind;
  /** What may stand there, to continue "expected: ". Never an example of a secret. */
  type: string;
  /** As it would be written in YAML; absent where nothing is set by default. */
  default?: string | number | boolean | readonly string[] | Readonly<Record<string, string>>;
  description: string;
  /** An environment variable that means the same, beside `CONNACK_<PATH>`. */
  alsoEnvironment?: string;
  /** A change counts when a running server reads its configuration again, and not only from the next start on. */
  isLive?: true;
  /** A command that carries the change to another program; without it that goes on as before. */
  takenBy?: typeof emqxApply;
}

const emqxApply = "connack emqx apply";

/** Every key of the configuration. A `secret` here is all it takes: showing, reading and errors go by it. */
export const leaves = z.registry<Leaf>();

function leaf<Schema extends z.ZodType>(schema: Schema, about: Leaf): Schema {
  const described = schema.describe(about.description);
  leaves.add(described, about);
  return described;
}

/** Marks a key, or all keys of a section, as `isLive`. */
export function live<Schema extends z.ZodType>(schema: Schema): Schema {
  for (const each of leavesOf(schema)) leaves.add(each, { ...(leaves.get(each) as Leaf), isLive: true });
  return schema;
}

/** Marks a key, or all keys of a section, as something that EMQX is told by `connack emqx apply`. No start is needed. */
export function forEmqx<Schema extends z.ZodType>(schema: Schema): Schema {
  for (const each of leavesOf(schema)) {
    leaves.add(each, { ...(leaves.get(each) as Leaf), isLive: true, takenBy: emqxApply });
  }
  return schema;
}

function leavesOf(schema: z.ZodType): z.ZodType[] {
  if (leaves.get(schema)) return [schema];
  const group = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (!(group instanceof z.ZodObject)) throw new TypeError("neither a key nor a section");
  return Object.values(group.shape).flatMap((part) => leavesOf(part as z.ZodType));
}

type More = Pick<Leaf, "alsoEnvironment"> & { type?: string };
const anyText = z.string().trim().min(1);

export function text(initial: string, description: string, more: More = {}) {
  return leaf(anyText.default(initial), { kind: "text", type: "text", default: initial, description, ...more });
}

export function optionalText(description: string, more: More = {}) {
  return leaf(anyText.exactOptional(), { kind: "text", type: "text", description, ...more });
}

export function secret(description: string, more: More = {}) {
  return leaf(z.string().min(1).exactOptional(), { kind: "secret", type: "secret text", description, ...more });
}

export function flag(initial: boolean, description: string) {
  return leaf(z.boolean().default(initial), { kind: "boolean", type: "true or false", default: initial, description });
}

export function choice<const Choices extends readonly [string, ...string[]]>(
  choices: Choices,
  initial: Choices[number],
  description: string,
) {
  const schema = z.enum(choices).default(initial as z.util.NoUndefined<Choices[number]>);
  return leaf(schema, { kind: "text", type: orList(choices), default: initial, description });
}

export function numberChoice<const Choices extends readonly [number, ...number[]]>(
  choices: Choices,
  initial: Choices[number],
  description: string,
) {
  const schema = z.literal(choices).default(initial as z.util.NoUndefined<Choices[number]>);
  return leaf(schema, { kind: "number", type: orList(choices), default: initial, description });
}

interface Range {
  from: number;
  to: number;
}

const wholeNumber = ({ from, to }: Range) => z.int().min(from).max(to);
const rangeText = ({ from, to }: Range) => `whole number from ${from} to ${to}`;

export function whole(range: Range, initial: number, description: string) {
  const schema = wholeNumber(range).default(initial);
  return leaf(schema, { kind: "number", type: rangeText(range), default: initial, description });
}

export function optionalWhole(range: Range, description: string) {
  return leaf(wholeNumber(range).exactOptional(), { kind: "number", type: rangeText(range), description });
}

const seconds = z.union([z.number(), z.string()]).transform((value, context) => {
  const parsed = parseDuration(value);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: "custom", message: "not a duration" });
  return z.NEVER;
});

/** Seconds, once parsed. */
export function duration(initial: string, description: string) {
  return leaf(seconds.prefault(initial), { kind: "duration", type: durationType, default: initial, description });
}

export function optionalDuration(description: string) {
  return leaf(seconds.exactOptional(), { kind: "duration", type: durationType, description });
}

export function list(
  type: string,
  isItem: (item: string) => boolean,
  description: string,
  initial: readonly string[] = [],
) {
  const schema = z
    .array(anyText.refine(isItem))
    .max(1000)
    .default(() => [...initial]);
  return leaf(schema, { kind: "list", type, default: initial, description });
}

export function optionalTextOrList(description: string) {
  const schema = z.union([anyText, z.array(anyText).min(1).max(1000)]).exactOptional();
  return leaf(schema, { kind: "text or list", type: "text or list of texts", description });
}

export function map(description: string) {
  const value = z.union([z.string(), z.number(), z.boolean()]);
  const type = "mapping of names to a text, a number or true/false";
  return leaf(z.record(z.string(), value).default({}), { kind: "map", type, default: {}, description });
}

export function textMap(initial: Readonly<Record<string, string>>, description: string) {
  const schema = z.record(z.string(), z.string().min(1)).default(() => ({ ...initial }));
  return leaf(schema, { kind: "map", type: "mapping of names to texts", default: initial, description });
}

/** A value with a shape of its own, whose schema has messages for people. Never for secrets: the messages may quote. */
export function structure<Schema extends z.ZodType>(schema: Schema, type: string, description: string) {
  return leaf(schema, { kind: "structure", type, default: {}, description });
}

/** The same where nothing is set by default. */
export function optionalStructure<Schema extends z.ZodType>(schema: Schema, type: string, description: string) {
  return leaf(schema.exactOptional(), { kind: "structure", type, description });
}

/** An IP address, with or without the length of a network's prefix. */
export function isNetwork(item: string): boolean {
  const [address = "", prefix, ...rest] = item.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}

export function isHostName(item: string): boolean {
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]{0,252})$/.test(item);
}

/** As browsers write it: scheme, host, and a port unless it is the usual one; `null` for a page without origin. */
export function isOrigin(item: string): boolean {
  if (item === "*" || item === "null") return true;
  return /^[a-z][a-z0-9+.-]*:\/\/[^/?#@A-Z\s]+$/.test(item) && !/^(http:.*:80|https:.*:443)$/.test(item);
}

function orList(choices: readonly (string | number)[]): string {
  return [choices.slice(0, -1).join(", "), choices.at(-1)].filter((part) => part !== "").join(" or ");
}
