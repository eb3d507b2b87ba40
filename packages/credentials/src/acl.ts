/** One rule as EMQX 5.8 reads it in the answer of an HTTP authenticator: first match wins. */
export interface AclRule {
  permission: "allow" | "deny";
  action: "publish" | "subscribe" | "all";
  /** MQTT topic filter, already expanded: no placeholders leave us. */
  topic: string;
}

/** True for a text that may stand as one level of a topic: no separator, no wildcard, no control character. */
export function isTopicLevel(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.length > 0 && !/[+#/\u0000-\u001f\u007f-\u009f]/u.test(text);
}

/**
 * Whether a topic filter covers a topic, or a filter that a client subscribes to: every topic that `wanted` can
 * match is matched by `filter`. A wildcard in the first level never covers a name that begins with `$` (MQTT 5 §4.7.2).
 */
export function filterCovers(filter: string, wanted: string): boolean {
  const have = filter.split("/");
  const want = wanted.split("/");
  if (want[0]?.startsWith("$") && (have[0] === "#" || have[0] === "+")) return false;
  for (let level = 0; level < have.length; level++) {
    const own = have[level];
    if (own === "#") return true;
    const other = want[level];
    if (other === undefined || other === "#") return false;
    if (own !== "+" && own !== other) return false;
  }
  return have.length === want.length;
}

/** The first rule that speaks about this action and topic decides; no rule means deny. */
export function isAllowed(rules: readonly AclRule[], action: "publish" | "subscribe", topic: string): boolean {
  for (const rule of rules) {
    if (rule.action !== "all" && rule.action !== action) continue;
    if (filterCovers(rule.topic, topic)) return rule.permission === "allow";
  }
  return false;
}
