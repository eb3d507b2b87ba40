import { type Attack, broken, held } from "../attack.ts";
import { lentKinds } from "../loan.ts";
import { waitForEvents } from "../wait-for-events.ts";

export const rightCredential: Attack = {
  name: "right-credential",
  group: "let in",
  title: "a device with the right credential",
  expected: "let in",
  means: "Devices that should be online are not.",
  fix: "connack emqx status tells whether EMQX reaches Connack; connack emqx plan, what it is to do",
  with: lentKinds,
  async run(lane, kind) {
    const device = lane.device(kind);
    const sinceMs = Date.now() - 1000;
    const answer = await lane.connect(device);
    if (answer.isIn) {
      await answer.peer.leave();
      return held("let in");
    }
    if (answer.code === 4 || answer.code === 0x86) {
      return broken(answer.seen, {
        means:
          "EMQX read an answer and did not understand it (a faulty expire_at or acl), or another authenticator of its chain knows better.",
        fix: "connack emqx plan shows what stands before Connack's authenticator",
      });
    }
    if (kind === "jwt-emqx") return broken(answer.seen);
    const events = await waitForEvents(lane, device.clientId, sinceMs, ["connect"], 2000);
    const decision = events.find(({ type }) => type === "connect");
    if (decision === undefined) return broken(`${answer.seen}, Connack was not asked`);
    if (decision.result === "allow") return broken(`${answer.seen}, though Connack said yes`);
    const { reason = "no", reasonText = "" } = decision;
    return broken(`${answer.seen}, Connack said ${reason}`, {
      means: reasonText,
      fix: `connack device timeline ${device.id}`,
    });
  },
};
