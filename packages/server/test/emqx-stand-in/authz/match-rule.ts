import type { ClientInfo } from "../client-info.ts";
import type { AclRule } from "./client-acl.ts";
import type { TopicRequest } from "./source.ts";
import { topicMatches } from "./topic-match.ts";

/** The first rule that speaks about this request. */
export function firstMatch(rules: readonly AclRule[], client: ClientInfo, request: TopicRequest): AclRule | undefined {
  return rules.find((rule) => ruleMatches(rule, client, request));
}

function ruleMatches(rule: AclRule, client: ClientInfo, request: TopicRequest): boolean {
  if (rule.action !== "all" && rule.action !== request.action) return false;
  if (!rule.qos.includes(request.qos)) return false;
  if (request.action === "publish" && rule.retain !== "all" && rule.retain !== request.retain) return false;
  return rule.topics.some((topic) => topicRuleMatches(topic, client, request.topic));
}

/** `eq a/#` is literal; a placeholder without a value makes the rule match nothing. */
export function topicRuleMatches(rule: string, client: ClientInfo, topic: string): boolean {
  const literal = rule.startsWith("eq ");
  const filter = fillIn(literal ? rule.slice(3) : rule, client);
  if (filter === undefined) return false;
  return literal ? filter === topic : topicMatches(topic, filter);
}

function fillIn(template: string, client: ClientInfo): string | undefined {
  let complete = true;
  const filled = template.replace(/\$\{([^}]*)\}/g, (whole, name: string) => {
    const value = placeholderValue(name, client);
    if (value === null) return whole;
    if (value === undefined) complete = false;
    return value ?? "";
  });
  return complete ? filled : undefined;
}

/** `null`: no placeholder that EMQX knows here. */
function placeholderValue(name: string, client: ClientInfo): string | undefined | null {
  if (name === "clientid") return client.clientId;
  if (name === "username") return client.username;
  if (name === "cert_common_name") return client.certificateCommonName;
  return name.startsWith("client_attrs.") ? client.clientAttrs[name.slice("client_attrs.".length)] : null;
}
