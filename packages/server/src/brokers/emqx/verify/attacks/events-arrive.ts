import { type Attack, broken, held, NotTried } from "../attack.ts";
import { waitForEvents } from "../wait-for-events.ts";

const wanted = ["connected", "disconnected"];

export const eventsArrive: Attack = {
  name: "events-arrive",
  group: "connack",
  title: "Connack hears who connects and who is gone",
  expected: "both are told",
  means: "Connack does not know who is online: its timeline, its alerts and its presence are wrong.",
  fix: "connack emqx apply sets the rule and its action; connack emqx status tells whether EMQX reaches Connack",
  with: "once",
  async run(lane) {
    if (!lane.setting.tellsEvents) throw new NotTried("they are switched off (brokers.emqx.events.enabled)");
    const [kind] = lane.kinds;
    if (kind === undefined) throw new NotTried("no throw-away device can be lent");
    const device = lane.device(kind);
    const sinceMs = Date.now() - 1000;
    const peer = await lane.letIn(device);
    await peer.leave();
    const events = await waitForEvents(lane, device.clientId, sinceMs, wanted, 10_000);
    const missing = wanted.filter((type) => !events.some((event) => event.type === type));
    return missing.length === 0 ? held("both are told") : broken(`not told: ${missing.join(", ")}`);
  },
};
