import type { SeededRandom } from "./seeded-random.ts";

/** Damages a token in one of the ways tokens get damaged or are tampered with. `other` lends it parts. */
export function mutateToken(random: SeededRandom, token: string, other: string): string {
  return random.pick(mutations)(random, token, other);
}

type Mutation = (random: SeededRandom, token: string, other: string) => string;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const mutations: readonly Mutation[] = [
  // one bit of what a part stands for
  (random, token) =>
    changePart(random, token, (part) => {
      const bytes = Buffer.from(part, "base64url");
      const position = random.integer(bytes.length);
      bytes[position] = (bytes[position] ?? 0) ^ (1 << random.integer(8));
      return bytes.toString("base64url");
    }),
  // one character
  (random, token) =>
    splice(token, random.integer(token.length), 1, random.pick([...alphabet, ".", "=", "+", "/", " ", "\n", "é"])),
  (random, token) => splice(token, random.integer(token.length), 1, ""),
  (random, token) =>
    splice(token, random.integer(token.length + 1), 0, random.pick([...alphabet, ".", "=", " ", "\u0000"])),
  // the last character of a part: often the bits that no byte holds
  (random, token) => changePart(random, token, (part) => part.slice(0, -1) + random.pick([...alphabet])),
  // cut off
  (random, token) => token.slice(0, random.integer(token.length)),
  (random, token) => token.slice(random.integer(token.length)),
  (random, token) => changePart(random, token, () => ""),
  // written differently
  (random, token) => changePart(random, token, (part) => part + "=".repeat((4 - (part.length % 4)) % 4)),
  (random, token) => changePart(random, token, (part) => part.replaceAll("-", "+").replaceAll("_", "/")),
  (random, token) => changePart(random, token, (part) => Buffer.from(part, "base64url").toString("hex")),
  (random, token) =>
    random.pick([` ${token}`, `${token}\n`, `"${token}"`, `Bearer ${token}`, `${token}.`, `.${token}`]),
  (random, token) => changePart(random, token, (part) => part.toLowerCase()),
  // parts in other places, or another token's
  (random, token) => {
    const parts = token.split(".");
    const [first, second] = [random.integer(parts.length), random.integer(parts.length)];
    [parts[first], parts[second]] = [parts[second] ?? "", parts[first] ?? ""];
    return parts.join(".");
  },
  (random, token, other) => changePart(random, token, (_part, index) => other.split(".")[index] ?? ""),
  (_random, token, other) => `${token}.${other.split(".")[2] ?? ""}`,
  (_random, token) => `${Buffer.from('{"alg":"none"}').toString("base64url")}${token.slice(token.indexOf("."))}`,
  (_random, token) => token.slice(0, token.lastIndexOf(".") + 1),
];

function changePart(random: SeededRandom, token: string, change: (part: string, index: number) => string): string {
  const parts = token.split(".");
  const index = random.integer(parts.length);
  const part = parts[index] ?? "";
  // A bit of nothing cannot be changed.
  if (part !== "") parts[index] = change(part, index);
  return parts.join(".");
}

function splice(text: string, position: number, count: number, insert: string): string {
  return text.slice(0, position) + insert + text.slice(position + count);
}
