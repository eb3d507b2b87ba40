import { type Attack, broken, held, letThrough, NotTried, type Outcome } from "../attack.ts";
import type { Lane } from "../lane.ts";
import type { LentKind, WitnessedEvent } from "../loan.ts";
import type { ConnectAnswer } from "../open-peer.ts";
import { otherSignature } from "../spoil-login.ts";
import { waitForEvents } from "../wait-for-events.ts";

/** What Connack decides by itself, whatever EMQX checks. */
const decided: readonly LentKind[] = ["xiaozhi-hmac", "password"];
const bodyNotRead = new Set([4, 0x86]);

export const connackAsked: Attack = {
  name: "connack-asked",
  group: "connack",
  title: "Connack is asked, and its answer is understood",
  expected: "right in, wrong out",
  means: "Somebody else decides who comes in, and no revocation holds.",
  fix: "connack emqx apply; connack emqx status tells whether EMQX reaches Connack (brokers.emqx.connackUrl)",
  with: "once",
  async run(lane) {
    const kind = [...decided, ...(lane.setting.checksTokens ? [] : ["jwt" as const])].find((each) =>
      lane.kinds.includes(each),
    );
    if (kind === undefined) throw new NotTried("EMQX checks all credentials that can be lent by itself");
    const right = await ask(lane, kind, (device) => device);
    if (right.decision === undefined) return broken("Connack was not asked");
    if (right.decision.result === "deny") {
      const { reason = "no reason", reasonText = "" } = right.decision;
      return broken(`Connack said no to the right one: ${reason}`, { means: reasonText, fix: "connack status" });
    }
    if (!right.answer.isIn) return notUnderstood(right.answer);
    const wrong = await ask(lane, kind, otherSignature);
    if (wrong.answer.isIn) {
      const said = wrong.decision === undefined ? "was not asked" : "said no";
      return letThrough(`LET IN, though Connack ${said}`);
    }
    if (wrong.decision === undefined) return broken("Connack was not asked about the wrong one");
    if (wrong.answer.code === undefined) return broken(wrong.answer.seen);
    return held("right in, wrong out");
  },
};

interface Asked {
  answer: ConnectAnswer;
  decision: WitnessedEvent | undefined;
}

/** Twice where nothing was written down the first time: in a storm the audit keeps sums. */
async function ask(
  lane: Lane,
  kind: LentKind,
  login: (device: ReturnType<Lane["device"]>) => Parameters<Lane["connect"]>[0],
): Promise<Asked> {
  let asked: Asked | undefined;
  for (let attempt = 0; attempt < 2 && asked?.decision === undefined; attempt++) {
    const options = login(lane.device(kind));
    const sinceMs = Date.now() - 1000;
    const answer = await lane.connect(options);
    if (answer.isIn) await answer.peer.leave();
    const events = await waitForEvents(lane, options.clientId, sinceMs, ["connect"], 3000);
    asked = { answer, decision: events.find(({ type }) => type === "connect") };
  }
  return asked as Asked;
}

function notUnderstood({ code, seen }: Extract<ConnectAnswer, { isIn: false }>): Outcome {
  const isUnread = code !== undefined && bodyNotRead.has(code);
  return broken(`Connack said yes, and EMQX: ${seen}`, {
    means: isUnread
      ? "EMQX got the answer and did not take what stands in it (expire_at, acl): no device comes in."
      : "EMQX did not understand the answer, or did not wait for it: no device comes in.",
    fix: "compare brokers.emqx.requestTimeout with connack status, and the clocks of both machines with date -u",
  });
}
