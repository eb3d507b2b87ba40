import { setTimeout as sleep } from "node:timers/promises";
import { type Attack, held, letThrough, Unproven } from "../attack.ts";
import { nonce } from "../nonce.ts";

export const foreignWill: Attack = {
  name: "foreign-will",
  group: "rights",
  title: "a will at another device's topic, and an abrupt end",
  expected: "not delivered",
  means: "Any device can speak in another one's name by dying.",
  fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const topic = lane.foreignTopic(kind, "will");
    const observer = await lane.watch.on(topic);
    const [wrong, right] = [nonce(), nonce()];
    const attacker = await lane.letIn({ ...lane.device(kind), will: { topic, payload: wrong } });
    // The service may: its will, a moment later, shows that there was time for the other one.
    const service = await lane.letIn({ ...lane.service(), will: { topic, payload: right } });
    attacker.cut();
    await attacker.closed;
    service.cut();
    const isPublished = await observer.receives(right, 5000);
    await sleep(isPublished ? 200 : 0);
    if (observer.has(wrong)) return letThrough("DELIVERED");
    if (!isPublished) throw new Unproven("nobody's will is published, not even that of a service that may");
    return held("not delivered");
  },
};
