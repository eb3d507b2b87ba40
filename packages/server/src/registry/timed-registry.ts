import type { DeviceRegistry } from "./device-registry.ts";

/** `write`: until it is durable, what it waited in the queue included. */
export const timedOperations = ["find", "write"] as const;
export type TimedOperation = (typeof timedOperations)[number];

/** The same registry; `record` is told how long each look-up and each change took, in seconds, whatever came of it. */
export function timedRegistry(
  registry: DeviceRegistry,
  record: (operation: TimedOperation, seconds: number) => void,
): DeviceRegistry {
  function timed<Answer>(operation: TimedOperation, ask: () => Answer): Answer {
    const begin = performance.now();
    const done = () => record(operation, (performance.now() - begin) / 1000);
    let answer: Answer | undefined;
    try {
      answer = ask();
      return answer;
    } finally {
      if (answer instanceof Promise) void answer.then(done, done);
      else done();
    }
  }
  return {
    find: (id) => timed("find", () => registry.find(id)),
    findClientIdOwner: (clientId) => timed("find", () => registry.findClientIdOwner(clientId)),
    enrol: (devices) => timed("write", () => registry.enrol(devices)),
    add: (device) => timed("write", () => registry.add(device)),
    setStatus: (id, from, to) => timed("write", () => registry.setStatus(id, from, to)),
    setRights: (id, rights) => timed("write", () => registry.setRights(id, rights)),
    touch: (sightings) => timed("write", () => registry.touch(sightings)),
    importMany: (devices) => timed("write", () => registry.importMany(devices)),
    setGroupRights: (group, rights) => timed("write", () => registry.setGroupRights(group, rights)),
    findGroupRights: (group) => timed("find", () => registry.findGroupRights(group)),
    groupRights: () => registry.groupRights(),
    list: (query) => registry.list(query),
    count: () => registry.count(),
    onChange: (listener) => registry.onChange(listener),
    health: () => registry.health(),
    close: () => registry.close(),
  };
}
