import { type Attack, held, letThrough } from "../attack.ts";

export const foreignPublish: Attack = {
  name: "foreign-publish",
  group: "rights",
  title: "publish to another device's topic, QoS 0 and 1",
  expected: "not delivered",
  means: "Any device can speak in another one's name, and command it.",
  fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
  with: "routes",
  async run(lane, kind) {
    const peer = await lane.letIn(lane.device(kind));
    const topic = lane.foreignTopic(kind, "publish");
    const delivered: number[] = [];
    for (const qos of [0, 1]) {
      // A broker may cut whoever does that: then it has not been published, and the next one tries with a new connection.
      const by = peer.isClosed ? await lane.letIn(lane.device(kind)) : peer;
      if (await lane.watch.reaches(topic, (payload) => by.publish(topic, payload, { qos }))) delivered.push(qos);
      if (by !== peer) await by.leave();
    }
    await peer.leave();
    return delivered.length === 0 ? held("not delivered") : letThrough(`DELIVERED (QoS ${delivered.join(" and ")})`);
  },
};
