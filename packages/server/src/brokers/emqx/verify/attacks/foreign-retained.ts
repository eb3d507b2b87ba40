import { type Attack, held, letThrough, Unproven } from "../attack.ts";

export const foreignRetained: Attack = {
  name: "foreign-retained",
  group: "rights",
  title: "leave a retained message at another device's topic",
  expected: "nothing is kept",
  means: "Any device can leave a message that every later reader of another one's topic gets.",
  fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const peer = await lane.letIn(lane.device(kind));
    const topic = lane.foreignTopic(kind, "retained");
    lane.willBeRetained(topic);
    let left = "";
    const isDelivered = await lane.watch.reaches(topic, async (payload) => {
      left = payload;
      await peer.publish(topic, payload, { retain: true });
    });
    await peer.leave();
    const late = await lane.letIn(lane.service());
    await late.subscribe([topic]);
    // What comes after the retained message shows that there was time for it.
    const marker = await lane.watch.write(topic);
    const isAwake = await late.receives(marker, 5000);
    const isKept = late.has(left);
    await late.leave();
    if (isKept) return letThrough("KEPT, and given to a later reader");
    if (isDelivered) return letThrough("DELIVERED");
    if (!isAwake) throw new Unproven("a later reader gets nothing at all");
    return held("nothing is kept");
  },
};
