import { z } from "zod";
import type { House } from "../open-house.ts";
import { type Device, deviceKinds } from "../registry/device.ts";
import { type EffectiveRule, effectiveRights } from "./acl-effective.ts";
import { maySpeak, permittedBy } from "./acl-permitted-by.ts";
import { checkTopic, hasWildcard } from "./acl-topic.ts";

export const whoAclInput = z.strictObject({
  topic: z.string().min(1),
  action: z.enum(["publish", "subscribe"]).optional(),
  kind: z.enum(deviceKinds),
  /** Go on after this id. */
  after: z.string().max(256).optional(),
  /** Answers, at most. */
  limit: z.int().min(1).max(1000).default(100),
  /** Entries looked at in this call, at most: whoever wants all of a large fleet asks again from `next`. */
  look: z.int().min(1).max(10_000).default(2000),
});
type WhoAclInput = z.infer<typeof whoAclInput>;

/** Somebody who may do it, and what allows it. */
export interface AclHolder {
  id: string;
  action: "publish" | "subscribe";
  /** The scheme it has to use for it. */
  scheme: string;
  /** The client id it has to connect with, where its rights depend on that and it has several. */
  clientId?: string;
  rule: EffectiveRule;
  note?: string;
}

export interface AclHolders {
  holders: AclHolder[];
  /** Entries looked at, those that are not active left out. */
  lookedAt: number;
  notActive: number;
  /** Of those that may not: how many might, with another client id, user name or claim than what is known of them. */
  undecided: number;
  /** There are more entries: go on after this id. */
  next?: string;
}

/** Entries read at once, and time spent on them in one turn of the event loop, in milliseconds. */
const pageSize = 25;
const turnMs = 0.25;

/**
 * Who may publish to a topic, or read it: for a filter with wildcards, who may subscribe to it. Looks at one stretch of
 * the registry, devices or services, in short turns. Throws `bad_input` for what is no topic.
 */
export async function whoMay(house: House, input: WhoAclInput): Promise<AclHolders> {
  const { topic, kind, limit, look } = input;
  const actions = actionsOf(input);
  const found: AclHolders = { holders: [], lookedAt: 0, notActive: 0, undecided: 0 };
  let { after } = input;
  const turn = createTurn();
  while (found.lookedAt + found.notActive < look) {
    const page = await house.registry.list({ kind, limit: pageSize, ...(after !== undefined && { after }) });
    await turn.next(); // to receive the page took this one
    for (const entry of page) {
      after = entry.id;
      // What is noted of it but not written yet, such as its client id, counts too.
      const device = house.registry.peek(entry.id)?.device ?? entry;
      if (device.status !== "active") {
        found.notActive++;
        continue;
      }
      found.lookedAt++;
      const answers: (AclHolder | "undecided" | undefined)[] = [];
      for (const action of actions) answers.push(await findHolder(house, device, action, topic, turn));
      const holders = answers.filter((answer) => typeof answer === "object");
      found.holders.push(...holders);
      if (holders.length === 0 && answers.includes("undecided")) found.undecided++;
      // Never cut between the answers about one entry: the next call goes on behind it.
      if (found.holders.length >= limit) return { ...found, next: after };
    }
    if (page.length < pageSize) return found;
  }
  return after === undefined ? found : { ...found, next: after };
}

function actionsOf({ action, topic }: WhoAclInput): ("publish" | "subscribe")[] {
  checkTopic(action ?? "subscribe", topic);
  if (action) return [action];
  return hasWildcard(topic) ? ["subscribe"] : ["publish", "subscribe"];
}

interface Turn {
  next(): Promise<void>;
  /** Lets others have the event loop when this turn has had its time. */
  mayEnd(): Promise<void> | undefined;
}

function createTurn(): Turn {
  let ends = 0;
  const next = async () => {
    await new Promise(setImmediate);
    ends = performance.now() + turnMs;
  };
  return { next, mayEnd: () => (performance.now() > ends ? next() : undefined) };
}

/** With any of its schemes, and of its client ids where they make a difference. */
async function findHolder(
  house: House,
  device: Device,
  action: AclHolder["action"],
  topic: string,
  turn: Turn,
): Promise<AclHolder | "undecided" | undefined> {
  let isOpen = false;
  for (const scheme of device.schemes) {
    for (const clientId of clientIdsThatCount(house, device, scheme)) {
      await turn.mayEnd();
      const { rules } = effectiveRights(house.resolveRights, device, { scheme, clientId });
      const permitted = permittedBy(rules, action, topic);
      isOpen ||= rules.some((rule) => rule.permission === "allow" && maySpeak(rule, action, topic));
      if (!permitted) continue;
      const named = clientId !== undefined && clientId !== device.clientIds.at(-1) ? { clientId } : {};
      return { id: device.id, action, scheme, ...named, ...permitted };
    }
  }
  return isOpen ? "undecided" : undefined;
}

/** The latest, and the others too when a rule has the client id in it, or it may name the group. */
function clientIdsThatCount(
  { resolveRights }: House,
  device: Device,
  scheme: Device["schemes"][number],
): (string | undefined)[] {
  const { clientIds, group } = device;
  if (clientIds.length < 2) return [clientIds[0]];
  const namesGroup = scheme === "xiaozhi-hmac" && group === undefined;
  const { rules } = resolveRights(device, scheme, group);
  const all = namesGroup || rules.some(({ topic }) => topic.includes("${clientId"));
  return all ? clientIds.toReversed() : [clientIds.at(-1)];
}
