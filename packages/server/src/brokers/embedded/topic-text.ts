/**
 * True for a topic name that a client may put into a PUBLISH or a will: not empty, no wildcard, no U+0000
 * (MQTT 5 §4.7.3), no U+FFFD (what ill-formed UTF-8 turns into, §1.5.4), and not of the broker's own names, which
 * begin with `$` (§4.7.2): aedes would take commands from them.
 */
export function isClientTopic(topic: string): boolean {
  return topic.length > 0 && !topic.startsWith("$") && !/[+#\0\ufffd]/u.test(topic);
}

/**
 * True for a filter that a client may ask for, rights aside: of the names with `$` only `$SYS/…`. Shared
 * subscriptions (`$share/…`) would be granted and never deliver.
 */
export function isClientFilter(filter: string): boolean {
  return filter.length > 0 && (!filter.startsWith("$") || filter.startsWith("$SYS/"));
}
