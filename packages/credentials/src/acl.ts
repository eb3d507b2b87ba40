import { isTopicFilter, isTopicName, levelsCover } from "./topic-filter.ts";

export type Qos = 0 | 1 | 2;

/**
 * One rule as EMQX 5.8 reads it in the answer of an HTTP authenticator. First match wins; what no rule speaks about
 * is denied here (EMQX asks its other sources, so every list that leaves us ends in closing denials).
 */
export interface AclRule {
  permission: "allow" | "deny";
  action: "publish" | "subscribe" | "all";
  /** MQTT topic filter, already expanded: no placeholder leaves us. `eq a/#` stands for the text `a/#` itself. */
  topic: string;
  /** The rule speaks about these only; all when absent. */
  qos?: readonly Qos[];
  /** The rule speaks about publishes with this retain flag only; both when absent. Of no meaning for subscribing. */
  retain?: boolean;
}

/** What a client wants to do. For a subscription `topic` is the filter and `qos` the highest it asks for. */
export type TopicRequest =
  | { action: "publish"; topic: string; qos: Qos; retain: boolean }
  | { action: "subscribe"; topic: string; qos: Qos };

export interface AclVerdict {
  allowed: boolean;
  /** Index of the rule that decided; `undefined` when none spoke about it. */
  rule: number | undefined;
}

/** A list of rules made ready for many questions. */
export interface Acl {
  /** What is no topic (or, for a subscription, no filter) of MQTT is denied. */
  decide(request: TopicRequest): AclVerdict;
  /**
   * Whether a message on this topic may reach the client, whatever it has subscribed to: for some QoS, the first rule
   * about subscribing that covers the topic allows it. A denial inside a wider permission holds here, where EMQX, which
   * looks at filters only, would deliver.
   */
  mayReceive(topic: string): boolean;
}

/** Split at `/`, and not. */
interface Text {
  text: string;
  levels: readonly string[];
}

interface PreparedRule {
  index: number;
  allow: boolean;
  publish: boolean;
  subscribe: boolean;
  /** One bit for each QoS. */
  qos: number;
  retain: boolean | undefined;
  /** Whether the rule speaks about a topic or a filter that is asked for. */
  covers(asked: Text): boolean;
  /** Whether a message on this topic can come by what the rule is about. */
  delivers(topic: Text): boolean;
}

const literalMark = "eq ";

/** A rule whose topic is no filter allows nothing; if it denies, it denies everything, as nobody knows what it was to deny. */
export function compileAcl(rules: readonly AclRule[]): Acl {
  const prepared = rules.map(prepare);
  return {
    decide(request) {
      const { action, topic } = request;
      const isPublish = action === "publish";
      if (!(isPublish ? isTopicName(topic) : isTopicFilter(topic))) return { allowed: false, rule: undefined };
      const asked = { text: topic, levels: topic.split("/") };
      const decisive = prepared.find(
        (rule) =>
          rule[action] &&
          (rule.qos & bitOf(request.qos)) !== 0 &&
          (!isPublish || rule.retain === undefined || rule.retain === request.retain) &&
          rule.covers(asked),
      );
      return { allowed: decisive?.allow === true, rule: decisive?.index };
    },
    mayReceive(topic) {
      const asked = { text: topic, levels: topic.split("/") };
      let undecided = everyQos;
      for (const rule of prepared) {
        if (!rule.subscribe || (rule.qos & undecided) === 0 || !rule.delivers(asked)) continue;
        if (rule.allow) return true;
        undecided &= ~rule.qos;
      }
      return false;
    },
  };
}

const everyQos = 0b111;

function bitOf(qos: Qos): number {
  return 1 << qos;
}

function prepare({ permission, action, topic, qos, retain }: AclRule, index: number): PreparedRule {
  const allow = permission === "allow";
  return {
    index,
    allow,
    publish: action !== "subscribe",
    subscribe: action !== "publish",
    qos: qos?.reduce<number>((bits, each) => bits | bitOf(each), 0) ?? everyQos,
    retain,
    ...coverageOf(topic, allow),
  };
}

function coverageOf(topic: string, allow: boolean): Pick<PreparedRule, "covers" | "delivers"> {
  const literal = topic.startsWith(literalMark);
  const filter = literal ? topic.slice(literalMark.length) : topic;
  if (!isTopicFilter(filter)) {
    const speaks = () => !allow && !literal;
    return { covers: speaks, delivers: speaks };
  }
  const levels = filter.split("/");
  const isSame = (asked: Text) => asked.text === filter;
  const isCovered = (asked: Text) => levelsCover(levels, asked.levels);
  if (!literal) return { covers: isCovered, delivers: isCovered };
  // Whoever may subscribe to exactly `a/#` may have what that filter delivers; whoever may not may still have `a/b`.
  return { covers: isSame, delivers: allow ? isCovered : isSame };
}
