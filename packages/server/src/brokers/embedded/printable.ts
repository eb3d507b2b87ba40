const longest = 256;

/** A peer's text for an event: at most 256 characters, every control character replaced by U+FFFD. */
export function printable(text: string): string {
  const start = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return start.replace(/\p{Cc}/gu, "\ufffd");
}
