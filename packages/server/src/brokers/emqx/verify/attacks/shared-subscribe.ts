import type { Attack } from "../attack.ts";
import { judgeListening } from "../judge-listening.ts";
import { nonce } from "../nonce.ts";

export const sharedSubscribe: Attack = {
  name: "shared-subscribe",
  group: "rights",
  title: "subscribe to $share/…/# and another device's topic so",
  expected: "refused, nothing comes",
  means: "Any device can read along, and take messages away from the services that share a subscription.",
  fix: "connack emqx apply; no_match has to be deny, and a rule about # has to hold for shared subscriptions",
  with: "routes",
  async run(lane, kind) {
    const topic = lane.foreignTopic(kind, "shared");
    // A group of its own: with one that others use it could take a message of theirs.
    const group = nonce().slice(-16);
    const filters = [
      { filter: `$share/${group}/#`, told: "$share/…/#" },
      { filter: `$share/${group}/${topic}`, told: "$share/…/its topic" },
    ];
    return judgeListening(lane, kind, { filters, topic });
  },
};
