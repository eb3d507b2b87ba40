/**
 * An event as it travels to the audit's thread: what it adds to the row it belongs to. In the order of the columns of
 * `events`, after the members that say which row that is.
 */
export type PackedEntry = [
  /** Id of an earlier row that grows by this one, if it is there. */
  row: number | null,
  foldKey: string | null,
  /** A row of the same fold key grows only so long after its last time, in milliseconds. */
  foldFor: number,
  id: number,
  type: string,
  firstAt: number,
  lastAt: number,
  count: number,
  broker: string | null,
  listener: string | null,
  deviceId: string | null,
  unproven: 1 | null,
  clientId: string | null,
  address: string | null,
  scheme: string | null,
  keyId: string | null,
  result: string | null,
  reason: string | null,
  detail: string | null,
  hints: string | null,
  topic: string | null,
  latencyUs: number | null,
  iat: number | null,
  nbf: number | null,
  exp: number | null,
  firstIat: number | null,
  actor: string | null,
];
