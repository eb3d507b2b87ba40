import { type Attack, broken, held, NotTried } from "../attack.ts";
import { nonce } from "../nonce.ts";

/** EMQX subscribes a moment after the CONNACK, and the rule for the MAC asks us first. In milliseconds. */
const withinMs = 6000;
const everyMs = 250;

export const replyWithoutSubscribe: Attack = {
  name: "reply-without-subscribe",
  group: "xiaozhi",
  title: "a reply reaches a xiaozhi device that never subscribes",
  expected: "it comes",
  means: "Replies never reach xiaozhi devices: their firmware leaves it to the broker to subscribe them.",
  fix: "connack emqx apply sets the auto-subscription (brokers.emqx.autoSubscribe, subscribeMac)",
  with: ["xiaozhi-hmac"],
  async run(lane, kind) {
    const { byClientId, byMac } = lane.setting.autoSubscribes;
    const device = lane.device(kind, "watched");
    const { inbox } = device;
    const wanted = [
      ...(byClientId && inbox ? [["client id", inbox.byClientId] as const] : []),
      ...(byMac && inbox ? [["MAC", inbox.byMac] as const] : []),
    ];
    if (wanted.length === 0) throw new NotTried("no auto-subscription is configured (brokers.emqx.autoSubscribe)");
    const peer = await lane.letIn(device);
    const come = await Promise.all(wanted.map(([, topic]) => arrives(topic)));
    await peer.leave();
    const missing = wanted.filter((_, index) => !come[index]).map(([name]) => name);
    return missing.length === 0 ? held("it comes") : broken(`it does not come (by ${missing.join(", ")})`);

    async function arrives(topic: string): Promise<boolean> {
      const observer = await lane.watch.on(topic);
      for (let waited = 0; waited < withinMs && !peer.isClosed; waited += everyMs) {
        const payload = nonce();
        await observer.publish(topic, payload);
        if (await peer.receives(payload, everyMs)) return true;
      }
      return false;
    }
  },
};
