/**
 * Whether rules of the `file` source, as EMQX keeps them in `acl.conf`, let through whatever the rules before did not
 * decide: the first rule for all clients, actions and topics is one that allows. A new EMQX has such a file.
 */
export function allowsEverything(rules: string): boolean {
  // Texts may hold anything; only one of them matters.
  const shorten = (found: string) => (found.startsWith("%") ? "" : found === '"#"' ? found : '""');
  const terms = rules.replaceAll(/"(?:[^"\\]|\\.)*"|%.*$/gm, shorten).replaceAll(/\s+/g, "");
  const first = /\{(allow|deny),all(?:,(?:all|pubsub)(?:,\["#"\])?)?\}\./.exec(terms);
  return first?.[1] === "allow";
}
