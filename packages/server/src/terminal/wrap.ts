/** Columns of what people read as a text, on every terminal. */
export const pageWidth = 80;

/** Breaks a text at spaces so that it fits a page of `width` columns behind an indent. A word is never broken. */
export function wrap(value: string, indent = "", width = pageWidth): string {
  return pack(printable(value).split(" "), indent, width);
}

/** Lines of a text, each wrapped for itself; a command, also one behind `Next:` or `Fix:`, stays whole to be pasted. */
export function wrapLines(text: string, width = pageWidth): string {
  const lines = text.split("\n").map((line) => (commandLine.test(line) ? printable(line) : wrap(line, "", width)));
  return lines.join("\n");
}

const commandLine = /^(?:(?:Next|Fix): )?(?:connack|npx|openssl|sudo|emqx|mosquitto_[a-z]+) [^;]*$/;

/** Pieces behind a label; one that is too long for that moves all of them to the lines below. */
export function labelled(label: string, pieces: readonly string[]): string {
  const safe = pieces.map(printable);
  if (safe.some((piece) => label.length + piece.length > pageWidth)) return `${label.trimEnd()}\n${pack(safe, below)}`;
  return label + pack(safe, " ".repeat(label.length)).trimStart();
}

const below = "    ";

/** The members of a list as pieces: all but the last with a comma. */
export function listed(members: readonly string[]): string[] {
  return members.map((member, index) => (index < members.length - 1 ? `${member},` : member));
}

/** JSON with spaces between its members, as pieces that fit a line behind an indent of four. */
export function jsonPieces(value: unknown): string[] {
  const text = JSON.stringify(value, null, 1).replace(/\n\s*/g, " ");
  const words = text.replace(/^([{[]) | ([}\]])$/g, "$1$2").split(" ");
  // Every chunk but the last fills a line, so that nothing can come between them.
  const chunk = new RegExp(`.{1,${pageWidth - below.length}}`, "g");
  return words.flatMap((word) => printable(word).match(chunk) ?? [""]);
}

/** Pieces with a space between them, in lines behind an indent. A piece is never broken. */
export function pack(pieces: readonly string[], indent: string, width = pageWidth): string {
  const lines: string[] = [];
  let line = "";
  for (const piece of pieces) {
    if (line !== "" && indent.length + line.length + 1 + piece.length > width) {
      lines.push(line);
      line = piece;
    } else line = line === "" ? piece : `${line} ${piece}`;
  }
  return [...lines, line].map((each) => (indent + each).trimEnd()).join("\n");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const unprintable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Peers choose client ids and names: what could steer a terminal is shown as its code. */
export function printable(value: string): string {
  return value.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
