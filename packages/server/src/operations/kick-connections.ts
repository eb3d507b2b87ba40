import { parseXiaozhiClientId } from "@connack/credentials";
import { ManagementError } from "../brokers/emqx/management/management-error.ts";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";

type Brokers = Pick<House, "embedded" | "emqx" | "listeners">;

/** Why no connection can be ended from here; `undefined` when it can. `clientId`: one it is known by. */
export function kickProblem(house: Brokers, clientId?: string): OperationError | undefined {
  if (kicksOf(house).length > 0) return undefined;
  if (Object.keys(house.listeners).length === 0) {
    return new OperationError(
      "not_running",
      "no server runs on this data folder, so nothing is connected to its broker",
      "connack serve starts one",
    );
  }
  return new OperationError(
    "no_embedded_broker",
    "the embedded broker is off: devices are connected to another broker, and only that one can end a connection; with EMQX set brokers.emqx.url, or:",
    `emqx ctl clients kick ${clientId === undefined ? "<client id>" : quoteWord(clientId)}`,
  );
}

type Kicked = Pick<Device, "id" | "clientIds">;

/** Ends the connections of a device at one broker. */
type Kick = (device: Kicked) => number | Promise<number>;

function kicksOf({ embedded, emqx }: Brokers): Kick[] {
  return [...(embedded ? [({ id }: Kicked) => embedded.kick(id)] : []), ...(emqx ? [emqx.kick] : [])];
}

/**
 * Ends the connections of one device or service, at every broker that can be told; says how many. Throws `kickProblem`,
 * and `broker_unreachable` where EMQX did not do it.
 */
export async function kickDevice(house: Brokers, device: Kicked): Promise<number> {
  const kicks = kicksOf(house);
  if (kicks.length === 0) throw kickProblem(house, device.clientIds.at(-1)) ?? new Error("no broker");
  let ended = 0;
  for (const kick of kicks) ended += await kickBy(kick, device);
  return ended;
}

async function kickBy(kick: Kick, device: Kicked): Promise<number> {
  try {
    return await kick(device);
  } catch (error) {
    if (!(error instanceof ManagementError)) throw error;
    throw new OperationError("broker_unreachable", `EMQX did not end the connection: ${error.message}`, error.next);
  }
}

/** Devices asked about in one turn of the event loop. */
const perTurn = 20;

/**
 * Ends the connections of all devices of a group, also of those whose group is only in their client id. Says how many
 * connections and devices. Throws `kickProblem`, and `no_group_at_emqx`: EMQX knows clients, and no groups.
 */
export async function kickGroup(house: House, group: string): Promise<{ ended: number; devices: number }> {
  const { embedded, emqx } = house;
  if (emqx) throw noGroupAtEmqx(group);
  if (!embedded) throw kickProblem(house) ?? new Error("no embedded broker");
  const kicked = { ended: 0, devices: 0 };
  const seen = new Set<string>();
  for (const [index, { deviceId, clientId }] of embedded.connected().entries()) {
    if (index > 0 && index % perTurn === 0) await new Promise(setImmediate);
    if (seen.has(deviceId)) continue;
    const device = await house.registry.find(deviceId);
    if (!device || groupOf(device, clientId) !== group) continue;
    seen.add(deviceId);
    const ended = embedded.kick(deviceId);
    kicked.ended += ended;
    kicked.devices += ended > 0 ? 1 : 0;
  }
  return kicked;
}

function noGroupAtEmqx(group: string): OperationError {
  return new OperationError(
    "no_group_at_emqx",
    "EMQX knows no groups, so the devices of one cannot be found there; kick them one by one:",
    `connack device list --group ${quoteWord(group)} --json | jq -r '.devices[].id' | xargs -n 1 connack device kick`,
  );
}

/** As its rights were granted: that of its entry, else the one its signed client id names. */
function groupOf({ group, schemes }: Device, clientId: string): string | undefined {
  if (group !== undefined || !schemes.includes("xiaozhi-hmac")) return group;
  return parseXiaozhiClientId(clientId)?.group;
}
