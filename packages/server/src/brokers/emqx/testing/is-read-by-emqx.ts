/**
 * Whether a rule is one that EMQX 5.8 reads in the answer of an HTTP authenticator, and that means the same here and
 * there: none of EMQX's own placeholders. Anything else is CONNACK 4 (recorded on 5.8.0: authn-http.txt, `acl invalid list`).
 */
export function isReadByEmqx(rule: unknown): boolean {
  if (typeof rule !== "object" || rule === null) return false;
  const { permission, action, topic, qos, retain, ...others } = rule as Record<string, unknown>;
  if (Object.keys(others).length > 0) return false;
  if (permission !== "allow" && permission !== "deny") return false;
  if (action !== "publish" && action !== "subscribe" && action !== "all") return false;
  if (typeof topic !== "string" || topic === "" || topic.includes("${")) return false;
  const isQosList = Array.isArray(qos) && qos.length > 0 && qos.every((each) => [0, 1, 2].includes(each));
  return (!("qos" in rule) || isQosList) && (!("retain" in rule) || typeof retain === "boolean");
}
