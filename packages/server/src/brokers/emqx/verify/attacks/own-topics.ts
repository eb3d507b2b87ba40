import { type Attack, broken, held } from "../attack.ts";
import { nonce } from "../nonce.ts";

export const ownTopics: Attack = {
  name: "own-topics",
  group: "let in",
  title: "a device uses its own topics",
  expected: "allowed",
  means: "Devices connect and cannot say or hear anything.",
  fix: "connack acl test <device> publish <topic> tells what Connack gives; connack emqx plan what EMQX makes of it",
  with: "routes",
  async run(lane, kind) {
    const device = lane.device(kind, "watched");
    const peer = await lane.letIn(device);
    const own = device.inbox?.byClientId ?? (device.branch === undefined ? undefined : `${device.branch}/verify`);
    if (own === undefined) return { state: "not tried", seen: "its rights are your own (brokers.emqx.jwt.rules)" };
    const [code = 128] = (await peer.subscribe([own])) ?? [];
    if (code >= 128) return broken("its subscription is refused");
    // A xiaozhi device may publish to device-server alone, where a real server listens.
    const payload = device.branch === undefined ? await lane.watch.write(own) : nonce();
    if (device.branch !== undefined) await peer.publish(own, payload);
    const isBack = await peer.receives(payload, 5000);
    await peer.leave();
    return isBack ? held("allowed") : broken("its message is lost");
  },
};
