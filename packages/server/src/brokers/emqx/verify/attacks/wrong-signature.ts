import type { Attack } from "../attack.ts";
import { judgeRefusal } from "../judge-refusal.ts";
import { otherSignature } from "../spoil-login.ts";

export const wrongSignature: Attack = {
  name: "wrong-signature",
  group: "refused",
  title: "a credential with a wrong signature",
  expected: "refused",
  means: "Credentials are not checked: anybody can be any device.",
  fix: "connack emqx apply; connack emqx plan names authenticators that let in without Connack",
  with: ["xiaozhi-hmac", "jwt", "jwt-emqx"],
  async run(lane, kind) {
    return judgeRefusal(await lane.connect(otherSignature(lane.device(kind))));
  },
};
