import type { BanKeys } from "./ban-key.ts";
import type { Bans } from "./bans.ts";
import type { PendingDevice } from "./pending-devices.ts";

/** What the registry says of a device. `unknown`: it has no row, or nobody can tell just now. */
export interface Standing {
  may: "connect" | "not connect" | "unknown";
  /** It cannot be told just now: to be asked again. */
  isAway?: boolean;
  clientIds: readonly string[];
  /** It may hold a token that EMQX takes without asking. */
  mayHaveTokens: boolean;
}

export interface PutInLineParts {
  standingOf(deviceId: string): Promise<Standing>;
  /** Client ids it was told to be connected with. */
  recentClientIds(deviceId: string): readonly string[];
  /** Client ids it is connected with that nobody noted. */
  otherSessions(deviceId: string, known: number): Promise<readonly string[]>;
  /** Ends one connection; says whether there was one. */
  kick(clientId: string): Promise<boolean>;
  bans: Bans;
  /** Absent where no ban is about one device. */
  banKeys: BanKeys | undefined;
  /** EMQX lets in by token without asking Connack: who is refused has to be kept out. */
  keepsOut: boolean;
  looksMs?: typeof looksMs | undefined;
}

export interface PutInLine {
  /** Connections that were ended. */
  ended: number;
  /** Further looks after which nothing is left to do, in milliseconds from the first. */
  looks: readonly number[];
  /** Nobody can tell just now what the device may: to be done anew. */
  isUnsettled: boolean;
}

/**
 * A CONNECT that was allowed a moment before the change may become a connection after the first look. EMQX waits five
 * seconds for an answer, so that nothing that was allowed before comes later than that.
 */
const looksMs: Record<"refused" | "moved", readonly number[]> = { refused: [1000, 6000], moved: [300] };

/**
 * Brings EMQX into line with what the registry says of one device: who may not connect is cut, by every client id it may
 * have, and kept out where EMQX would let it in without asking; who may is kept out no longer. May be done again and
 * again. Rejects with `ManagementError`.
 *
 * @param cutsUnknown whether a device is cut of which nobody can tell just now what it may
 */
export async function putInLine(
  { id, clientIds, endsAnyway }: Pick<PendingDevice, "id" | "clientIds" | "endsAnyway">,
  parts: PutInLineParts,
  cutsUnknown = true,
): Promise<PutInLine> {
  const standing = await parts.standingOf(id);
  await putBan(id, standing, parts);
  const isUnsettled = standing.isAway === true;
  const isRefused = standing.may !== "connect" && (!isUnsettled || cutsUnknown);
  if (!isRefused && !endsAnyway) return { ended: 0, looks: [], isUnsettled };
  let ended = 0;
  const known = clientIdsOf(id, [...clientIds, ...standing.clientIds], parts);
  for (const clientId of known) if (await parts.kick(clientId)) ended++;
  for (const clientId of await parts.otherSessions(id, known.size)) {
    if (!known.has(clientId) && (await parts.kick(clientId))) ended++;
  }
  return { ended, looks: (parts.looksMs ?? looksMs)[isRefused ? "refused" : "moved"], isUnsettled };
}

/** A device may also come by its own name. */
export function clientIdsOf(
  id: string,
  clientIds: readonly string[],
  { recentClientIds, banKeys }: Pick<PutInLineParts, "recentClientIds" | "banKeys">,
): Set<string> {
  const key = banKeys?.keyOf(id);
  const byToken = key?.as === "clientid" ? [key.who] : [];
  return new Set([...clientIds, ...recentClientIds(id), ...byToken, id]);
}

async function putBan(id: string, { may, mayHaveTokens }: Standing, parts: PutInLineParts): Promise<void> {
  const { bans, banKeys, keepsOut } = parts;
  const key = banKeys?.keyOf(id);
  if (key === undefined) return;
  if (may === "connect") await bans.unban(key);
  else if (may === "not connect" && mayHaveTokens && keepsOut) await bans.ban(key);
}
