/** True for a text that may stand as one level of a topic: no separator, no wildcard, no control character. */
export function isTopicLevel(text: string): boolean {
  return text.length > 0 && !separatorOrControl.test(text) && text.isWellFormed();
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const separatorOrControl = /[+#/\u0000-\u001f\u007f-\u009f]/;

/** Bytes of a topic or filter in UTF-8 (MQTT 5 §1.5.4). */
const longest = 65_535;

/** A topic filter that MQTT knows (MQTT 5 §4.7.1): `#` alone as last level, `+` alone in its level, 1 to 65535 bytes. */
export function isTopicFilter(text: string): boolean {
  if (!isTopicText(text)) return false;
  if (!text.includes("#") && !text.includes("+")) return true;
  const levels = text.split("/");
  return levels.every((level, index) =>
    level.includes("#") ? level === "#" && index === levels.length - 1 : level === "+" || !level.includes("+"),
  );
}

/** A topic that a message can have (MQTT 5 §4.7.3): no wildcard, 1 to 65535 bytes. */
export function isTopicName(text: string): boolean {
  return isTopicText(text) && !/[+#]/.test(text);
}

function isTopicText(text: string): boolean {
  if (text.length === 0 || text.length > longest || text.includes("\0") || !text.isWellFormed()) return false;
  // No character of JavaScript's takes more than three bytes.
  return text.length * 3 <= longest || new TextEncoder().encode(text).length <= longest;
}

/**
 * Whether a topic filter covers a topic, or a filter that a client subscribes to: every topic that `wanted` can
 * match is matched by `filter`. A wildcard in the first level never covers a name that begins with `$` (MQTT 5 §4.7.2).
 */
export function filterCovers(filter: string, wanted: string): boolean {
  return levelsCover(filter.split("/"), wanted.split("/"));
}

/** `filterCovers` of texts already split at `/`. */
export function levelsCover(have: readonly string[], want: readonly string[]): boolean {
  if (want[0]?.startsWith("$") && (have[0] === "#" || have[0] === "+")) return false;
  for (let level = 0; level < have.length; level++) {
    const own = have[level];
    // A `#` that is not the last level is no wildcard and no topic has it.
    if (own === "#") return level === have.length - 1;
    const other = want[level];
    if (other === undefined) return false;
    if (other === "#") return isNoTopic(want.slice(0, level)) && own === "+" && isRest(have.slice(level + 1));
    if (own !== "+" && own !== other) return false;
  }
  return have.length === want.length;
}

/** `a/#` matches `a` too, which `a/+/#` does not. But nothing stands above `#` and `/#`: there `+/#` is the same. */
function isNoTopic(levels: readonly string[]): boolean {
  return levels.join("/") === "";
}

function isRest(levels: readonly string[]): boolean {
  return levels.length === 1 && levels[0] === "#";
}
