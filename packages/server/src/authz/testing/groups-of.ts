import type { GroupRights, Rights } from "../rights.ts";

/** Rights of groups that a test can change. */
export function groupsOf(groups: Record<string, Rights> = {}) {
  let version = 1;
  let current = new Map(Object.entries(groups));
  let reads = 0;
  const rights: GroupRights = {
    find(group) {
      reads++;
      const found = current.get(group);
      return found && { ...found, from: "registry" };
    },
    version: () => version,
  };
  return {
    rights,
    reads: () => reads,
    change(changed: Record<string, Rights>) {
      current = new Map(Object.entries(changed));
      version++;
    },
  };
}
