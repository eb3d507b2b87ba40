/** Tables of the registry as kysely sees them; made by `migrations/`. JSON columns are text. */
export interface RegistrySchema {
  devices: DeviceTable;
  client_ids: ClientIdTable;
  group_rights: GroupRightsTable;
}

export interface DeviceTable {
  id: string;
  status: string;
  /** JSON array of scheme names. */
  schemes: string;
  min_key_generation: number;
  device_group: string | null;
  /** JSON object of texts. */
  attributes: string;
  password_hash: string | null;
  created_at: number;
  first_seen_at: number | null;
  last_seen_at: number | null;
  last_address: string | null;
  last_refusal: string | null;
  last_refusal_at: number | null;
  kind: string;
  profile: string | null;
  /** JSON array of rules. */
  rules: string;
  previous_password_hash: string | null;
  previous_password_until: number | null;
  /** JSON array of its client ids, latest used last; kept by triggers. Null where that was never made: see `client_ids`. */
  listed_client_ids: string | null;
}

export interface GroupRightsTable {
  device_group: string;
  profile: string | null;
  /** JSON array of rules. */
  rules: string;
}

export interface ClientIdTable {
  client_id: string;
  device_id: string;
  /** Unix milliseconds when it became the device's latest; unique and rising within a device. */
  last_used: number;
}

/** `PRAGMA application_id` of a registry file: "Cnck". */
export const applicationId = 0x436e636b;
