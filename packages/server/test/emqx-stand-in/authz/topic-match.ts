/** Whether a topic, or a filter that somebody subscribes to, lies within a filter. */
export function topicMatches(topic: string, filter: string): boolean {
  if (topic.startsWith("$") && /^[+#]/.test(filter)) return false;
  const names = topic.split("/");
  const words = filter.split("/");
  for (const [index, word] of words.entries()) {
    if (word === "#") return true;
    if (index >= names.length) return false;
    if (word !== "+" && word !== names[index]) return false;
  }
  return names.length === words.length;
}

/** `$share/group/filter` taken apart; `group` is undefined for an ordinary filter. */
export function splitShare(filter: string): { group: string | undefined; filter: string } {
  const [, group, rest] = /^\$share\/([^/]+)\/(.+)$/.exec(filter) ?? [];
  return rest === undefined ? { group: undefined, filter } : { group, filter: rest };
}
