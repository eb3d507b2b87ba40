import type { AclRuleTemplate } from "@connack/credentials";
import type { Database } from "better-sqlite3";
import { RegistryError, type StoredGroupRights } from "../device-registry.ts";
import type { GroupRightsTable } from "./schema.ts";

/** Groups with rights of their own: all of them are held in memory. */
export const mostGroups = 10_000;

/** How the rights of groups change. Runs inside a transaction of the caller. */
export function prepareGroupRightsWrites(db: Database) {
  const remove = db.prepare<[string]>("delete from group_rights where device_group = ?");
  const set = db.prepare(
    `insert into group_rights (device_group, profile, rules) values (@group, @profile, @rules)
     on conflict (device_group) do update set profile = excluded.profile, rules = excluded.rules`,
  );
  const count = db.prepare<[], number>("select count(*) from group_rights").pluck();

  return {
    setGroupRights(group: string, rights: StoredGroupRights | null): undefined {
      if (rights === null) {
        remove.run(group);
        return;
      }
      set.run({ group, profile: rights.profile ?? null, rules: JSON.stringify(rights.rules) });
      if ((count.get() ?? 0) <= mostGroups) return;
      throw new RegistryError("too_many_groups", `rights can be kept for ${mostGroups} groups, and there are as many`);
    },
  };
}

export function groupRightsFromRow({ profile, rules }: GroupRightsTable): StoredGroupRights {
  const rights: StoredGroupRights = { rules: JSON.parse(rules) as AclRuleTemplate[] };
  return profile === null ? rights : { ...rights, profile };
}
