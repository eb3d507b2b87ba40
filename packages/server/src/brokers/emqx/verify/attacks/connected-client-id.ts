import { type Attack, letThrough } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const connectedClientId: Attack = {
  name: "connected-client-id",
  group: "refused",
  title: "the client id of another device that is connected",
  expected: "refused, other stays",
  means: "Any device can throw any other out and take its place: EMQX ends the older connection of a client id.",
  fix: `connack emqx apply; where EMQX checks tokens, brokers.emqx.jwt.verifyClaims has to say sub: \${clientid}`,
  with: ["xiaozhi-hmac", "jwt", "password", "jwt-emqx"],
  async run(lane, kind) {
    const owner = lane.device(kind);
    const { username, password } = lane.device(kind);
    const peer = await lane.letIn(owner);
    const outcome = await judgeRefusal(await lane.connect({ kind, clientId: owner.clientId, username, password }));
    const stays = await peer.settle();
    await peer.leave();
    if (!stays) return letThrough("the other one was thrown out");
    return outcome.state === "held" ? { ...outcome, seen: `${outcome.seen}, other stays` } : outcome;
  },
};
