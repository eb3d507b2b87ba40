const units = [
  ["d", 86_400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
] as const;

/** A time span in its two largest units: 192 is `3 min 12 s`, 7200 is `2 h`. The sign is left out. */
export function durationText(seconds: number): string {
  let rest = Math.floor(Math.abs(seconds));
  const words: string[] = [];
  for (const [unit, length] of units) {
    const count = Math.floor(rest / length);
    rest -= count * length;
    if (count > 0) words.push(`${count} ${unit}`);
    // The unit below the first one is the last to be told, also when it is none.
    if (words.length === 2 || (words.length === 1 && count === 0)) break;
  }
  return words.length === 0 ? "0 s" : words.join(" ");
}
