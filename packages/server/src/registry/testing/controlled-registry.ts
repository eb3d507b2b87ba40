import type { DeviceRegistry, StoreHealth } from "../device-registry.ts";
import { StoreUnavailable } from "../device-registry.ts";

/** Takes hold of a registry: makes it answer late, or not at all. */
export class Control {
  /** Reads have their answer now and give it when this resolves, like a store across a network. */
  slowReads: Promise<unknown> | undefined;
  /** Enrolments are sent when this resolves. */
  slowEnrolments: Promise<unknown> | undefined;
  /** Sightings are sent when this resolves. */
  slowTouches: Promise<unknown> | undefined;
  /** Set: the store is in this state, and every operation that the state forbids is refused. */
  health: StoreHealth | undefined;
  /** Next `enrol` or `touch` rejects with this. */
  failNext: Error | undefined;
  /** Calls so far. */
  calls = { find: 0, findClientIdOwner: 0, enrol: 0, touch: 0 };
  /** Told of the device of each enrolment or sighting of a call to `enrol` or `touch`. */
  onWrite: ((what: "enrol" | "touch", deviceIds: string[]) => void) | undefined;
}

/** The registry under a Control. Only what the cache calls on its own is held. */
export function controlledRegistry(inner: DeviceRegistry): { registry: DeviceRegistry; control: Control } {
  const control = new Control();
  const refuse = (reading: boolean) => {
    const state = control.health?.state ?? "ready";
    if (state === "ready" || (reading && (state === "full" || state === "read-only"))) return;
    throw new StoreUnavailable(state, `The store is ${state}.`);
  };
  const failing = () => {
    const error = control.failNext;
    control.failNext = undefined;
    if (error !== undefined) throw error;
  };
  const late = <Answer>(answer: Answer): Answer | Promise<Answer> =>
    control.slowReads === undefined ? answer : control.slowReads.then(() => answer);
  const registry: DeviceRegistry = {
    find(id) {
      control.calls.find++;
      refuse(true);
      return late(inner.find(id) as Awaited<ReturnType<DeviceRegistry["find"]>>);
    },
    findClientIdOwner(clientId) {
      control.calls.findClientIdOwner++;
      refuse(true);
      return late(inner.findClientIdOwner(clientId) as string | undefined);
    },
    async enrol(devices) {
      control.calls.enrol++;
      control.onWrite?.(
        "enrol",
        devices.map(({ id }) => id),
      );
      await control.slowEnrolments;
      refuse(false);
      failing();
      return await inner.enrol(devices);
    },
    async touch(sightings) {
      control.calls.touch++;
      control.onWrite?.(
        "touch",
        sightings.map(({ deviceId }) => deviceId),
      );
      await control.slowTouches;
      refuse(false);
      failing();
      await inner.touch(sightings);
    },
    add: (device) => inner.add(device),
    setStatus: (id, from, to) => inner.setStatus(id, from, to),
    setRights: (id, rights) => inner.setRights(id, rights),
    importMany: (devices) => inner.importMany(devices),
    groupRights() {
      refuse(true);
      return inner.groupRights();
    },
    findGroupRights(group) {
      refuse(true);
      return inner.findGroupRights(group);
    },
    setGroupRights: (group, rights) => inner.setGroupRights(group, rights),
    list: (query) => inner.list(query),
    count: () => inner.count(),
    onChange: (listener) => inner.onChange(listener),
    health: () => control.health ?? inner.health(),
    close: () => inner.close(),
  };
  return { registry, control };
}
