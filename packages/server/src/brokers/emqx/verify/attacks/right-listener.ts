import { setTimeout as sleep } from "node:timers/promises";
import { ManagementError } from "../../management/management-error.ts";
import { type Attack, broken, held, NotTried, Unproven } from "../attack.ts";

/** EMQX lists a client a moment after the CONNACK. In milliseconds. */
const listedWithinMs = 3000;
const lookEveryMs = 150;

/**
 * Whether whoever answers at the address is this EMQX, with this listener: a proxy or a mapped port may lead to another
 * broker, which would then be proven in EMQX's place. Without it nothing else is tried there.
 */
export const rightListener: Attack = {
  name: "right-listener",
  group: "let in",
  title: "who is connected here stands in EMQX's own list of clients",
  expected: "EMQX lists it",
  means: "Another broker, or another listener, answers at this address: nothing here would be a proof of this one.",
  fix: "give the address where it is reached from here: --listener <name>=<host>:<port>",
  with: "once",
  async run(lane) {
    if (lane.findClient === undefined) throw new NotTried("no API of EMQX is configured that could tell");
    const answer = await lane.observer();
    if (!answer.isIn) throw new Unproven(`nobody gets in who could be looked for (${answer.seen})`);
    const { name, url } = lane.target;
    const isNamed = name !== url;
    const wanted = isNamed ? `listener ${name} of this EMQX` : "a listener of this EMQX";
    const until = performance.now() + listedWithinMs;
    for (;;) {
      const client = await lane.findClient(answer.clientId).catch(explain);
      const listener = client?.["listener"];
      if (client?.["connected"] === true && typeof listener === "string") {
        if (isNamed && listener !== name) return broken(`this address (${url}) is not ${wanted}, but ${listener}`);
        return held(isNamed ? "EMQX lists it" : `EMQX lists it, at ${listener}`);
      }
      if (performance.now() >= until) return broken(`this address (${url}) is not ${wanted}`);
      await sleep(lookEveryMs, undefined, { signal: lane.signal });
    }
  },
};

function explain(error: unknown): never {
  if (error instanceof ManagementError) throw new Unproven(`EMQX's API did not tell: ${error.message}`);
  throw error;
}
