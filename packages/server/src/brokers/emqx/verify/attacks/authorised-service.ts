import { type Attack, broken, held } from "../attack.ts";
import { nonce } from "../nonce.ts";

/** Not an attack in itself: without it no other one about rights proves anything. */
export const authorisedService: Attack = {
  name: "authorised-service",
  group: "let in",
  title: "whoever may read and write the topics of others does",
  expected: "its message comes back",
  means: "Rights that Connack gives do not reach the broker: backends and dashboards are cut off.",
  fix: "EMQX 5.8 or later takes the rules with the answer; connack emqx plan shows what is missing",
  with: "once",
  async run(lane) {
    const answer = await lane.observer();
    if (!answer.isIn) return broken(`not let in: ${answer.seen}`);
    const [kind] = lane.kinds;
    if (kind === undefined) return broken("nothing to watch");
    const topic = lane.foreignTopic(kind, "service");
    const [code = 128] = (await answer.peer.subscribe([topic])) ?? [];
    if (code >= 128) return broken("its subscription is refused");
    const payload = nonce();
    await answer.peer.publish(topic, payload);
    return (await answer.peer.receives(payload, 5000)) ? held("its message comes back") : broken("its message is lost");
  },
};
