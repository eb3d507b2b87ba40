import { held, letThrough, type Outcome } from "./attack.ts";
import type { Lane } from "./lane.ts";
import type { LentKind } from "./loan.ts";

/** A SUBSCRIBE was answered with refusals only, or the connection was closed over it. */
export function isRefused(codes: readonly number[] | undefined): boolean {
  return codes === undefined || codes.every((code) => code >= 128);
}

export function refusedText(codes: readonly number[] | undefined): string {
  return codes === undefined ? "disconnected" : "refused, nothing comes";
}

/** A filter, and how it is told: without what is of this run alone. */
export interface Listening {
  filter: string;
  told: string;
}

/**
 * A device subscribes to what it may not read, then somebody who may writes to `topic`. Both count: what the SUBACK says,
 * and what comes.
 */
export async function judgeListening(
  lane: Lane,
  kind: LentKind,
  { filters, topic }: { filters: readonly Listening[]; topic: string },
): Promise<Outcome> {
  await lane.watch.on(topic);
  const peer = await lane.letIn(lane.device(kind));
  const granted: string[] = [];
  let codes: number[] | undefined;
  for (const { filter, told } of filters) {
    if (peer.isClosed) break;
    codes = await peer.subscribe([filter]);
    if (!isRefused(codes)) granted.push(told);
  }
  const payload = await lane.watch.write(topic);
  await peer.settle();
  const hears = peer.has(payload);
  await peer.leave();
  const grants = granted.length > 0 ? `GRANTED (${granted.join(", ")})` : undefined;
  if (hears) return letThrough(grants === undefined ? "MESSAGES COME" : `${grants}, messages come`);
  return grants === undefined ? held(refusedText(codes)) : letThrough(grants);
}
