import { type Attack, NotTried } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";

export const wrongAudience: Attack = {
  name: "wrong-audience",
  group: "refused",
  title: "a token for somebody else (aud)",
  expected: "refused",
  means: "A token that the same issuer made for another purpose opens this door, too.",
  fix: "set credentials.jwt.audience and, where EMQX checks tokens, brokers.emqx.jwt.verifyClaims.aud; connack emqx apply",
  with: ["jwt", "jwt-emqx"],
  async run(lane, kind) {
    const { wrongAudience: login } = lane.device(kind);
    if (!login) throw new NotTried("no audience is required");
    return judgeRefusal(await lane.connect(login));
  },
};
