/** What stands for a secret, as in EMQX's own answers. */
export const mask = "******";

const bearer = /\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]+/gi;
const token = /\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?/g;
/** A name and the sign behind it, in JSON, in HOCON, and as Erlang writes a map. */
const assignment =
  /((?:authorization|secret|passw(?:or)?d(?!_based)|pwd|token|cookie|credential|api[-_]?key|private[-_]?key)[\w.-]*)[\\"'>]*\s*(?:=>|=|:)\s*\S/i;

/**
 * A text of EMQX's as it may be shown: without `own` secrets, in clear and as Basic sends them, and without anything
 * behind a name that secrets stand behind. Recorded on 5.8.0: the error of deleting a connector holds headers of its
 * actions, and a 500 the caller's own token.
 */
export function scrubSecrets(text: string, own: readonly string[]): string {
  let clean = text;
  // Longest first: one may be a part of another.
  for (const secret of own.filter(({ length }) => length > 0).sort((a, b) => b.length - a.length)) {
    clean = clean.replaceAll(secret, mask);
    const inJson = JSON.stringify(secret).slice(1, -1);
    if (inJson !== secret) clean = clean.replaceAll(inJson, mask);
  }
  clean = clean.replace(bearer, `$1 ${mask}`).replace(token, mask);
  const found = assignment.exec(clean);
  return found === null ? clean : `${clean.slice(0, found.index)}${found[1]} ${mask} …`;
}

/** A text in one line, at most so many characters. */
export function shorten(text: string, longest = 300): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
