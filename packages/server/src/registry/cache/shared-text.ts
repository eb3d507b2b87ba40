/** Texts seen lately. Many devices have the same address, and memory then holds it once. */
const texts = new Map<string, string>();
const remembered = 1000;

/** The same text, as the object that others who gave it hold already. */
export function sharedText(text: string): string {
  const found = texts.get(text);
  if (found !== undefined) return found;
  if (texts.size >= remembered) texts.clear();
  texts.set(text, text);
  return text;
}
