import { BlockList, isIPv6 } from "node:net";
import type { ClientInfo } from "../client-info.ts";
import { parseTerms, printTerm, type Term } from "./erlang-terms.ts";
import { topicRuleMatches } from "./match-rule.ts";
import type { TopicRequest } from "./source.ts";

/** One line of acl.conf. */
export interface FileRule {
  permission: "allow" | "deny";
  matches(client: ClientInfo, request: TopicRequest): boolean;
}

/** A term that is no rule. */
export class InvalidRule extends Error {}

/** The rules of an acl.conf. Throws TermSyntaxError or InvalidRule. */
export function parseFileRules(text: string): FileRule[] {
  return parseTerms(text).map(readRule);
}

function readRule(term: Term): FileRule {
  const invalid = new InvalidRule(printTerm(term));
  if (term.kind !== "tuple") throw invalid;
  const [permission, who, action, topics] = term.items;
  if (permission?.kind !== "atom" || (permission.text !== "allow" && permission.text !== "deny")) throw invalid;
  const matchesWho = who ? readWho(who, invalid) : () => true;
  const matchesAction = action ? readAction(action, invalid) : () => true;
  const matchesTopic = topics ? readTopics(topics, invalid) : () => true;
  return {
    permission: permission.text,
    matches: (client, request) => matchesWho(client) && matchesAction(request) && matchesTopic(client, request.topic),
  };
}

function readWho(term: Term, invalid: Error): (client: ClientInfo) => boolean {
  if (term.kind === "atom" && term.text === "all") return () => true;
  if (term.kind !== "tuple" || term.items[0]?.kind !== "atom") throw invalid;
  const [{ text: kind }, value, third] = term.items as [{ text: string }, Term?, Term?];
  if (!value) throw invalid;
  if (kind === "user" || kind === "username") return textTest(value, invalid, (client) => client.username);
  if (kind === "client" || kind === "clientid") return textTest(value, invalid, (client) => client.clientId);
  if (kind === "client_attr" && value.kind === "string" && third)
    return textTest(third, invalid, (client) => client.clientAttrs[value.text]);
  if (kind === "ipaddr" && value.kind === "string") return addressTest([value.text]);
  if (value.kind !== "list") throw invalid;
  if (kind === "ipaddrs") return addressTest(value.items.map((item) => (item.kind === "string" ? item.text : "")));
  const tests = value.items.map((item) => readWho(item, invalid));
  if (kind === "and") return (client) => tests.every((test) => test(client));
  if (kind === "or") return (client) => tests.some((test) => test(client));
  throw invalid;
}

function textTest(term: Term, invalid: Error, of: (client: ClientInfo) => string | undefined) {
  if (term.kind === "string") return (client: ClientInfo) => of(client) === term.text;
  const [re, pattern] = term.kind === "tuple" ? term.items : [];
  if (re?.kind !== "atom" || re.text !== "re" || pattern?.kind !== "string") throw invalid;
  const expression = new RegExp(pattern.text);
  return (client: ClientInfo) => expression.test(of(client) ?? "");
}

function addressTest(networks: string[]): (client: ClientInfo) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    list.addSubnet(address, bits === undefined ? (family === "ipv6" ? 128 : 32) : Number(bits), family);
  }
  return ({ peerHost }) => list.check(peerHost, isIPv6(peerHost) ? "ipv6" : "ipv4");
}

function readAction(term: Term, invalid: Error): (request: TopicRequest) => boolean {
  const [name, options] = term.kind === "tuple" ? term.items : [term];
  if (name?.kind !== "atom" || !["publish", "subscribe", "all"].includes(name.text)) throw invalid;
  const limits = options?.kind === "list" ? options.items : [];
  return (request) =>
    (name.text === "all" || name.text === request.action) && limits.every((limit) => limitAllows(limit, request));
}

/** `{qos, 1}` and `{retain, true}`. */
function limitAllows(limit: Term, request: TopicRequest): boolean {
  const [key, value] = limit.kind === "tuple" ? limit.items : [];
  if (key?.kind !== "atom" || !value) return true;
  if (key.text === "qos" && value.kind === "number") return request.qos === value.value;
  if (key.text === "retain" && value.kind === "atom")
    return value.text === "all" || String(request.retain) === value.text;
  return true;
}

function readTopics(term: Term, invalid: Error): (client: ClientInfo, topic: string) => boolean {
  if (term.kind !== "list") throw invalid;
  const rules = term.items.map((item) => {
    if (item.kind === "string") return item.text;
    const [eq, literal] = item.kind === "tuple" ? item.items : [];
    if (eq?.kind !== "atom" || eq.text !== "eq" || literal?.kind !== "string") throw invalid;
    return `eq ${literal.text}`;
  });
  return (client, topic) => rules.some((rule) => topicRuleMatches(rule, client, topic));
}
