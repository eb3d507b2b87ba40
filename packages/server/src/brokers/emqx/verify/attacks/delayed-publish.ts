import { setTimeout as sleep } from "node:timers/promises";
import { type Attack, held, letThrough } from "../attack.ts";

/** EMQX publishes such a message itself, after so many seconds, and asks nobody about the topic it goes to. */
const delays = [0, 1];
const waitMs = 2300;

export const delayedPublish: Attack = {
  name: "delayed-publish",
  group: "rights",
  title: "publish to another device's topic through $delayed/…",
  expected: "not delivered",
  means: "Any device can speak in another one's name: a detour leads around its rights.",
  fix: "connack emqx apply: the source file, whose acl.conf ends in allow all, has to go, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const peer = await lane.letIn(lane.device(kind));
    const topic = lane.foreignTopic(kind, "delayed");
    const codes: (number | undefined)[] = [];
    const isDelivered = await lane.watch.reaches(topic, async (payload) => {
      for (const delay of delays) {
        if (!peer.isClosed) codes.push(await peer.publish(`$delayed/${delay}/${topic}`, payload));
      }
      await sleep(waitMs);
    });
    await peer.leave();
    if (isDelivered) return letThrough("DELIVERED");
    // MQTT 3.1.1 has no code that says no.
    const isTaken = lane.version === 5 && codes.some((code) => code !== undefined && code < 128);
    return isTaken ? letThrough("ACCEPTED, and not delivered for now") : held("not delivered");
  },
};
