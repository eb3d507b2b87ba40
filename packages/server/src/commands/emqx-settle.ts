import { readState } from "../brokers/emqx/configure/read-state.ts";
import { settleSnapshots } from "../brokers/emqx/configure/settle-snapshots.ts";
import { inForce } from "../brokers/emqx/configure/snapshot.ts";
import type { EmqxSession } from "./emqx-session.ts";

/** How far a change came that was cut short, before anything else is judged by what is remembered of it. */
export async function settle(session: EmqxSession): Promise<void> {
  const open = inForce(session.snapshots()).filter(({ snapshot }) =>
    snapshot.entries.some(({ state }) => state === "begun"),
  );
  if (open.length > 0) await settleSnapshots(session.folder, open, (await readState(session.client)).state, new Date());
}
