import { type Attack, NotTried } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const expiredToken: Attack = {
  name: "expired-token",
  group: "refused",
  title: "a token that has expired",
  expected: "refused",
  means: "Tokens hold for ever: one that was seen once, or that was taken back, goes on opening the door.",
  fix: "connack emqx apply; then compare EMQX's clock with date -u",
  with: ["jwt", "jwt-emqx"],
  async run(lane, kind) {
    const { expired } = lane.device(kind);
    if (!expired) throw new NotTried("there is no such token");
    return judgeRefusal(await lane.connect(expired));
  },
};
