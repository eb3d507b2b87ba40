import type { DeviceView } from "../operations/device-view.ts";
import { eachAtOnce } from "./each-at-once.ts";
import { groupOfSlot } from "./identity-names.ts";
import { type CallServer, mostAtOnce } from "./server-calls.ts";

/** Ids of the devices that a run in this slot has made and not removed. */
export async function leftIdentities(call: CallServer, slot: number): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await call<{ devices: DeviceView[]; next?: string }>("device.list", {
      group: groupOfSlot(slot),
      limit: 1000,
      ...(after !== undefined && { after }),
    });
    ids.push(...page.devices.filter(({ status }) => status !== "removed").map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  return ids;
}

/** Removes them, and the rights of their group. Gives back how many there were. */
export async function removeIdentities(
  call: CallServer,
  slot: number,
  onProgress: (done: number, all: number) => void = () => {},
): Promise<number> {
  const ids = await leftIdentities(call, slot);
  let done = 0;
  await eachAtOnce(ids, mostAtOnce, async (id) => {
    await call("device.remove", { id });
    onProgress(++done, ids.length);
  });
  await call("acl.set", { group: groupOfSlot(slot), clear: true });
  return ids.length;
}
