import type { CachedRegistry } from "../registry/cached-registry.ts";
import { isReadable, type StoredGroupRights, StoreUnavailable } from "../registry/device-registry.ts";
import { mayHave } from "./profiles.ts";
import type { GroupRights, Rights } from "./rights.ts";

/** Rights of groups as connack.yaml gives them. */
export type ConfiguredGroups = Readonly<Record<string, Rights>>;

export interface ConfigurableGroupRights extends GroupRights {
  /** Replaces those of the configuration. */
  configure(configured: ConfiguredGroups): void;
}

/** Where a group of the configuration comes from, for the operator. */
export const configuredFrom = "configuration";

/**
 * The rights of groups, all in memory: those of the configuration before those of the registry. While the registry could never be read, nobody can tell what a group of it may do.
 */
export function createGroupRights(
  configured: ConfiguredGroups,
  registry: Pick<CachedRegistry, "groupRights" | "findGroupRights" | "onChange" | "health">,
): ConfigurableGroupRights {
  let own = new Map(Object.entries(configured));
  let stored: Map<string, StoredGroupRights> | undefined;
  let epoch: string | undefined;
  let version = 0;
  /** Changed since they were read; one by one they are read in no time, which thousands are not. */
  const changed = new Set<string>();

  function load(): ReadonlyMap<string, StoredGroupRights> {
    const { state, since, epoch: number = 0 } = registry.health();
    // What was read before goes on to hold, as the devices in memory do.
    if (stored && !isReadable(state)) return stored;
    const current = `${since} ${number}`;
    if (stored && current === epoch && changed.size === 0) return stored;
    try {
      if (stored && current === epoch) readChanged(stored);
      else stored = new Map(registry.groupRights());
      changed.clear();
      epoch = current;
      version++;
    } catch (error) {
      // It went away just now.
      if (!(error instanceof StoreUnavailable) || !stored) throw error;
    }
    return stored;
  }

  function readChanged(groups: Map<string, StoredGroupRights>): void {
    for (const group of changed) {
      const rights = registry.findGroupRights(group);
      if (rights) groups.set(group, rights);
      else groups.delete(group);
    }
  }
  registry.onChange(({ kind, id }) => {
    if (kind === "group") changed.add(id);
  });

  return {
    find(group) {
      const fixed = own.get(group);
      if (fixed) return { ...fixed, from: configuredFrom };
      const rights = load().get(group);
      return rights && { ...readable(rights), from: "registry" };
    },
    version() {
      try {
        load();
      } catch (error) {
        if (!(error instanceof StoreUnavailable)) throw error;
      }
      return version;
    },
    configure(next) {
      own = new Map(Object.entries(next));
      version++;
    },
  };
}

/** A profile that only a newer version knows, or that no device may have, gives nothing. */
function readable({ profile, rules }: StoredGroupRights): Rights {
  if (profile === undefined) return { rules };
  return { rules, profile: mayHave("device", profile) ? profile : "none" };
}
