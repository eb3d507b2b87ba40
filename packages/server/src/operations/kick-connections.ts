import { parseXiaozhiClientId } from "@connack/credentials";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { OperationError } from "./operation.ts";
import { quoteWord } from "./quote-word.ts";

/** Why no connection can be ended from here; `undefined` when it can. `clientId`: one it is known by. */
export function kickProblem(
  house: Pick<House, "embedded" | "listeners">,
  clientId?: string,
): OperationError | undefined {
  if (house.embedded) return undefined;
  if (Object.keys(house.listeners).length === 0) {
    return new OperationError(
      "not_running",
      "no server runs on this data folder, so nothing is connected to its broker",
      "connack serve starts one",
    );
  }
  return new OperationError(
    "no_embedded_broker",
    "the embedded broker is off: devices are connected to another broker, and only that one can end a connection; with EMQX:",
    `emqx ctl clients kick ${clientId === undefined ? "<client id>" : quoteWord(clientId)}`,
  );
}

/** Ends the connections of one device or service; says how many. Throws `kickProblem`. */
export function kickDevice(house: House, { id, clientIds }: Pick<Device, "id" | "clientIds">): number {
  const { embedded } = house;
  if (!embedded) throw kickProblem(house, clientIds.at(-1)) ?? new Error("no embedded broker");
  return embedded.kick(id);
}

/** Devices asked about in one turn of the event loop. */
const perTurn = 20;

/**
 * Ends the connections of all devices of a group, also of those whose group is only in their client id. Says how many
 * connections and devices. Throws `kickProblem`.
 */
export async function kickGroup(house: House, group: string): Promise<{ ended: number; devices: number }> {
  const { embedded } = house;
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

/** As its rights were granted: that of its entry, else the one its signed client id names. */
function groupOf({ group, schemes }: Device, clientId: string): string | undefined {
  if (group !== undefined || !schemes.includes("xiaozhi-hmac")) return group;
  return parseXiaozhiClientId(clientId)?.group;
}
