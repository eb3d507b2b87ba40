import { broken, held, letThrough, type Outcome } from "./attack.ts";
import type { ConnectAnswer } from "./open-peer.ts";

/** Of a CONNECT that has to be refused. */
export async function judgeRefusal(answer: ConnectAnswer): Promise<Outcome> {
  if (answer.isIn) {
    await answer.peer.leave();
    return letThrough("LET IN");
  }
  if (answer.code !== undefined) return held(answer.seen);
  return broken(answer.seen, {
    means: "It is not in, and EMQX does not say so: devices wait for an answer that never comes.",
    fix: "connack emqx status",
  });
}
