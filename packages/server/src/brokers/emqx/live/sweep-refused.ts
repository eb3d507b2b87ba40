import type { BanKeys } from "./ban-key.ts";
import { type BanKey, type Bans, keyText } from "./bans.ts";
import type { Standing } from "./put-in-line.ts";

/** One device of the registry that may not connect. */
export interface RefusedDevice {
  id: string;
  clientIds: readonly string[];
  mayHaveTokens: boolean;
}

export interface SweepParts {
  /** All of them, page by page. */
  refused(): AsyncIterable<RefusedDevice>;
  standingOf(deviceId: string): Promise<Standing>;
  bans: Bans;
  banKeys: BanKeys | undefined;
  /** Who is refused is kept out; where not, only bans that are left over go. */
  keepsOut: boolean;
  /** Ends all connections of one of them; absent where that needs not be done. */
  cut: ((device: RefusedDevice) => Promise<void>) | undefined;
  /** Told, in one sentence, when there are more than EMQX is asked to keep out. */
  onProblem(sentence: string): void;
}

/** Bans that are made at EMQX, at most. */
const mostBans = 100_000;

/**
 * Compares all that the registry refuses with what EMQX keeps out by our bans: makes those that are missing, and takes
 * away those of devices that may connect again. For the start, and for an EMQX that was away: it may have lost them.
 * Rejects with `ManagementError` and with what the registry says.
 */
export async function sweepRefused(parts: SweepParts): Promise<void> {
  const { banKeys, bans, cut, keepsOut } = parts;
  // Also where no ban is made: those of an earlier configuration would stay for ever.
  await bans.read();
  const left = new Map(bans.own().map((key) => [keyText(key), key]));
  if (keepsOut || cut !== undefined) {
    const keepOut = createKeepOut(parts);
    for await (const device of parts.refused()) {
      await cut?.(device);
      const key = keepsOut && device.mayHaveTokens ? banKeys?.keyOf(device.id) : undefined;
      if (key === undefined) continue;
      left.delete(keyText(key));
      await keepOut(device.id, key);
    }
  }
  for (const key of left.values()) await endStale(key, parts);
}

function createKeepOut({ bans, standingOf, onProblem }: SweepParts): (id: string, key: BanKey) => Promise<void> {
  let isTold = false;
  return async (id, key) => {
    if (bans.has(key)) return;
    if (bans.size < mostBans) {
      await bans.ban(key);
      // It may have been let in again since its page was read.
      if ((await standingOf(id)).may === "connect") await bans.unban(key);
    } else if (!isTold) {
      isTold = true;
      onProblem(
        `more than ${mostBans} devices are refused: EMQX checks tokens by itself, and is not told to keep out the others until their tokens expire`,
      );
    }
  };
}

/** A device may have been refused just now, in a page that was read already. One that is about no device is of no use. */
async function endStale(key: BanKey, { bans, banKeys, standingOf }: SweepParts): Promise<void> {
  const deviceId = banKeys?.deviceOf(key);
  if (deviceId === undefined || (await standingOf(deviceId)).may === "connect") await bans.unban(key);
}
