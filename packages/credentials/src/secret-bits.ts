/** Longer texts are judged by their beginning: an estimate may be too low, never too expensive. */
const longestJudged = 512;
const shortestRepeat = 3;

/** Neighbours on a keyboard, and the columns that people slide down. Both directions count. */
const keyboardRows = [
  "1234567890",
  "qwertyuiop",
  "asdfghjkl",
  "zxcvbnm",
  "qwertzuiop",
  "yxcvbnm",
  "azertyuiop",
  "qsdfghjklm",
  "wxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
];

/** Words that placeholders and home-made keys are built from: each counts as one character. */
const words = [
  ...["passphrase", "password", "passwort", "secret", "signature", "signing", "token", "key", "default", "change"],
  ...["example", "sample", "please", "replace", "production", "development", "private", "public", "secure", "super"],
  ...["strong", "string", "your", "this", "with", "that", "here", "least", "long", "bits", "test", "demo", "admin"],
  ...["server", "device", "gateway", "sensor", "mqtt", "emqx", "xiaozhi", "connack", "welcome", "letmein", "master"],
].sort((a, b) => b.length - a.length);

/**
 * A rough upper estimate of how many bits someone would have to guess: Shannon entropy per character times length,
 * after everything predictable is taken out, which is the third and later characters of a sequence (`abc`, `321`,
 * `aaa`, keyboard rows), and all but the first character of common words and of a repetition of three or more characters
 * that stood before. Upper and lower case are the same for that.
 *
 * It catches the lazy, not the clever: a sentence from a book or a name with a year looks far better to it than it is.
 * Random keys are judged a little too low, because a short text shows only part of its alphabet.
 */
export function secretBits(secret: string): number {
  const kept = withoutPredictable([...secret.slice(0, 2 * longestJudged)].slice(0, longestJudged));
  const counts = new Map<string, number>();
  for (const character of kept) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / kept.length);
  return bits;
}

function withoutPredictable(characters: readonly string[]): string[] {
  const folded = characters.map((character) => character.toLowerCase());
  const kept: string[] = [];
  let at = 0;
  while (at < folded.length) {
    const repeated = repeatLength(folded, at);
    const word = repeated > 0 ? 0 : wordLength(folded, at);
    if (repeated > 0 || !continuesSequence(folded, at)) kept.push(characters[at] ?? "");
    at += Math.max(repeated, word, 1);
  }
  return kept;
}

/** Length of the longest text from `at` on that began before it too, 0 if shorter than `shortestRepeat`. */
function repeatLength(text: readonly string[], at: number): number {
  let longest = 0;
  for (let from = 0; from < at; from++) {
    let length = 0;
    while (at + length < text.length && text[from + length] === text[at + length]) length++;
    if (length > longest) longest = length;
  }
  return longest >= shortestRepeat ? longest : 0;
}

function wordLength(text: readonly string[], at: number): number {
  const rest = text.slice(at, at + 12).join("");
  return words.find((word) => rest.startsWith(word))?.length ?? 0;
}

function continuesSequence(text: readonly string[], at: number): boolean {
  const [first, second, third] = [text[at - 2], text[at - 1], text[at]];
  if (first === undefined || second === undefined || third === undefined) return false;
  const step = alphabetStep(first, second);
  if (step !== undefined && step === alphabetStep(second, third)) return true;
  return keyboardRows.some((row) => row.includes(first + second + third) || row.includes(third + second + first));
}

/** -1, 0 or 1 for neighbours in Unicode order, which holds the alphabets and the digits in theirs. */
function alphabetStep(a: string, b: string): number | undefined {
  const step = (b.codePointAt(0) ?? 0) - (a.codePointAt(0) ?? 0);
  return Math.abs(step) <= 1 ? step : undefined;
}
