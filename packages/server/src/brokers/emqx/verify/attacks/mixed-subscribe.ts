import { type Attack, broken, held, letThrough } from "../attack.ts";

export const mixedSubscribe: Attack = {
  name: "mixed-subscribe",
  group: "rights",
  title: "one SUBSCRIBE with its own topic and another's, kept",
  expected: "only its own is kept",
  means: "A refused subscription becomes part of the session all the same, and holds from the next connection on.",
  fix: "report it to EMQX; until then let devices connect with a clean session",
  with: "routes",
  async run(lane, kind) {
    const device = lane.device(kind, "watched");
    const own = device.inbox?.byClientId ?? (device.branch === undefined ? undefined : `${device.branch}/verify`);
    if (own === undefined) return { state: "not tried", seen: "its rights are your own (brokers.emqx.jwt.rules)" };
    const foreign = lane.foreignTopic(kind, "mixed");
    const first = await lane.letIn({ ...device, keepsSession: true });
    const codes = await first.subscribe([own, foreign]);
    if (codes !== undefined && (codes[1] ?? 128) < 128) {
      await first.leave();
      return letThrough("GRANTED", {
        means: "Any device can read what is meant for another one.",
        fix: "connack emqx apply; rights come with Connack's answer from EMQX 5.8 on, and no_match has to be deny",
      });
    }
    await first.leave();
    const [toOther, toItself] = [await lane.watch.write(foreign), await lane.watch.write(own)];
    const second = await lane.letIn({ ...device, keepsSession: true });
    // With a connection that the broker ended, the session may have ended, too: then nothing was kept.
    const isKept = codes === undefined ? second.hadSession : (codes[0] ?? 128) < 128;
    const isBack = !isKept || (await second.receives(toItself, 5000));
    await second.settle();
    const hears = second.has(toOther);
    await second.leave();
    if (hears) return letThrough("KEPT, and messages come");
    return isBack ? held("only its own is kept") : broken("its own subscription was not kept");
  },
};
