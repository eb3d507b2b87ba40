import type { AclRuleTemplate } from "@connack/credentials";
import type { ProfileName } from "./profiles.ts";

/** Rights as somebody set them, for a group or for one device. Rules come before those of the profile. */
export interface Rights {
  profile?: ProfileName;
  rules: readonly AclRuleTemplate[];
}

/** The rights of groups, wherever they were set. */
export interface GroupRights {
  /** `from` says where, for the operator. Throws StoreUnavailable when nobody can tell. */
  find(group: string): (Rights & { from: string }) | undefined;
  /** Counts up with each change, so that what was worked out before is not used again. */
  version(): number;
}
