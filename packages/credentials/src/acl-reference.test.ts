import { describe, expect, it } from "vitest";
import { type AclRule, compileAcl, type Qos, type TopicRequest } from "./acl.ts";
import { createSeededRandom, type SeededRandom } from "./testing/seeded-random.ts";
import { filterCovers } from "./topic-filter.ts";

// A small world, and what MQTT 5 §4.7 says about it, written down a second time: as regular expressions, and with
// "covers" worked out by trying every topic. No filter names `z`, and topics go one level deeper than filters.
const names = ["a", "b", "", "$SYS"];
const topics = paths([...names, "z"], 4);
const plainFilters = paths([...names, "+"], 3);
const filters = [...plainFilters, "#", ...paths([...names, "+"], 2, true).map((filter) => `${filter}/#`)];
const indexOf = new Map(filters.map((filter, index) => [filter, index]));
const matches = filters.map((filter) => topics.map((topic) => matchesBySpec(filter, topic)));
const includes = matches.map((outer) => matches.map((inner) => inner.every((is, topic) => !is || outer[topic])));

/** All texts of one to `most` levels; the empty text is one only where more follows it. */
function paths(levels: readonly string[], most: number, withEmpty = false): string[] {
  let longest = [...levels];
  const all = [...longest];
  for (let count = 2; count <= most; count++) {
    longest = longest.flatMap((start) => levels.map((level) => `${start}/${level}`));
    all.push(...longest);
  }
  return all.filter((path) => withEmpty || path !== "");
}

/** §4.7.1: `+` is one level, also an empty one; `#` is any number of levels, with the parent. §4.7.2: not for `$`. */
function matchesBySpec(filter: string, topic: string): boolean {
  if (/^[+#]/.test(filter) && topic.startsWith("$")) return false;
  if (filter === "#") return true;
  const pattern = filter.replace(/\$/g, "\\$").replace(/\+/g, "[^/]*").replace(/\/#$/, "(/.*)?");
  return new RegExp(`^${pattern}$`).test(topic);
}

const covers = (filter: string, wanted: string) =>
  includes[indexOf.get(filter) as number]?.[indexOf.get(wanted) as number] === true;

it("filterCovers says of every pair of filters what the topics in it say", () => {
  expect(filters).toHaveLength(185);
  const differing: string[] = [];
  for (const filter of filters) {
    for (const wanted of filters) {
      const expected = covers(filter, wanted);
      if (filterCovers(filter, wanted) !== expected) differing.push(`${filter} over ${wanted}: ${expected}`);
    }
    for (const [index, topic] of topics.entries()) {
      const expected = matches[indexOf.get(filter) as number]?.[index] === true;
      if (filterCovers(filter, topic) !== expected) differing.push(`${filter} over ${topic}: ${expected}`);
    }
  }
  expect(differing).toEqual([]);
});

describe("compileAcl beside a reference", () => {
  /** EMQX: the rules in their order, the first that speaks about the request decides. */
  function decidesByReference(rules: readonly AclRule[], request: TopicRequest): { allowed: boolean; rule?: number } {
    for (const [index, rule] of rules.entries()) {
      if (rule.action !== "all" && rule.action !== request.action) continue;
      if (rule.qos && !rule.qos.includes(request.qos)) continue;
      if (request.action === "publish" && rule.retain !== undefined && rule.retain !== request.retain) continue;
      const filter = rule.topic.replace(/^eq /, "");
      const speaks = filter === rule.topic ? covers(filter, request.topic) : filter === request.topic;
      if (speaks) return { allowed: rule.permission === "allow", rule: index };
    }
    return { allowed: false };
  }

  /** Some subscription could bring it: with some QoS, the first rule about subscribing that the topic falls under allows. */
  function receivesByReference(rules: readonly AclRule[], topic: string): boolean {
    return ([0, 1, 2] as const).some((qos) => {
      const decisive = rules.find((rule) => {
        if (rule.action === "publish" || (rule.qos && !rule.qos.includes(qos))) return false;
        const filter = rule.topic.replace(/^eq /, "");
        if (filter !== rule.topic && rule.permission === "deny") return filter === topic;
        return matchesBySpec(filter, topic);
      });
      return decisive?.permission === "allow";
    });
  }

  function randomRules(random: SeededRandom): AclRule[] {
    return Array.from({ length: 1 + random.integer(6) }, () => {
      const filter = random.pick(filters);
      const rule: AclRule = {
        permission: random.once(2) ? "allow" : "deny",
        action: random.pick(["publish", "subscribe", "all"]),
        topic: random.once(6) ? `eq ${filter}` : filter,
      };
      if (random.once(4)) rule.qos = ([0, 1, 2] as Qos[]).filter(() => random.once(2));
      if (random.once(4)) rule.retain = random.once(2);
      return rule;
    });
  }

  function requestsOf(rules: readonly AclRule[], random: SeededRandom): TopicRequest[] {
    // What the rules name, and as much that they do not.
    const named = rules.map(({ topic }) => topic.replace(/^eq /, ""));
    const asked = [...named, ...Array.from({ length: 8 }, () => random.pick(filters))];
    return asked.flatMap((topic) =>
      ([0, 1, 2] as const).flatMap((qos): TopicRequest[] => [
        { action: "subscribe", topic, qos },
        // A publish to a filter is no publish; see below for what becomes of it.
        ...(/[+#]/.test(topic)
          ? []
          : [true, false].map((retain) => ({ action: "publish" as const, topic, qos, retain }))),
      ]),
    );
  }

  it("agrees about 5 000 random lists", () => {
    const random = createSeededRandom(20_261_122);
    const differing: string[] = [];
    const answers = { allowed: 0, denied: 0, received: 0, kept: 0 };
    for (let list = 0; list < 5_000; list++) {
      const rules = randomRules(random);
      const acl = compileAcl(rules);
      for (const request of requestsOf(rules, random)) {
        const expected = decidesByReference(rules, request);
        const { allowed, rule } = acl.decide(request);
        answers[allowed ? "allowed" : "denied"]++;
        if (allowed !== expected.allowed || rule !== expected.rule) {
          differing.push(`${JSON.stringify({ rules, request })}: ${JSON.stringify(expected)}`);
        }
      }
      for (let count = 0; count < 20; count++) {
        const topic = random.pick(topics);
        const expected = receivesByReference(rules, topic);
        answers[expected ? "received" : "kept"]++;
        if (acl.mayReceive(topic) !== expected) differing.push(`${JSON.stringify({ rules, topic })}: ${expected}`);
      }
    }
    expect(differing).toEqual([]);
    // Neither side may say one thing all the time.
    for (const count of Object.values(answers)) expect(count).toBeGreaterThan(1_000);
  });

  it("delivers nothing that no filter could have been granted for", () => {
    const random = createSeededRandom(7);
    for (let list = 0; list < 500; list++) {
      const rules = randomRules(random);
      const acl = compileAcl(rules);
      const granted = filters.filter((topic) =>
        ([0, 1, 2] as const).some((qos) => acl.decide({ action: "subscribe", topic, qos }).allowed),
      );
      for (const [index, topic] of topics.entries()) {
        if (!acl.mayReceive(topic)) continue;
        const isReachable = granted.some((filter) => matches[indexOf.get(filter) as number]?.[index]);
        // `z` and what is four levels deep cannot be asked for by a filter of this world.
        const isAskable = indexOf.has(topic);
        if (isAskable && !isReachable) expect.fail(`${JSON.stringify(rules)} delivers ${topic}`);
      }
    }
  });
});
