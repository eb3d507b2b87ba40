/** Characters of a foreign text that are shown. */
const longest = 200;

/**
 * A text of a server as it may stand in a sentence and on a terminal: one line, no control, format or direction characters,
 * at most 200 characters, and none of `secrets`, which a server could send back. `""` for what is no text.
 */
export function printableText(text: unknown, secrets: readonly string[] = []): string {
  if (typeof text !== "string") return "";
  let shown = text.slice(0, 100 * longest);
  for (const secret of secrets) if (secret !== "") shown = shown.replaceAll(secret, "(secret)");
  const clean = shown.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  const characters = [...clean];
  return characters.length > longest ? `${characters.slice(0, longest).join("")}…` : clean;
}
