import type { Database } from "better-sqlite3";
import type { ClientIdWrites } from "./client-id-writes.ts";
import { type PackedSightings, unpackSightings } from "./packed-sightings.ts";

/** How sightings are folded into rows. No statement here names `status` but to leave a device alone. */
export function prepareSightingWrites(db: Database, clientIds: ClientIdWrites) {
  const refused = db.prepare(
    `update devices set last_refusal = @refusal, last_refusal_at = @at
     where id = @deviceId and coalesce(last_refusal_at, @at) <= @at`,
  );
  // the right sides of an UPDATE see the row as it was
  const allowed = db.prepare(
    `update devices set
       first_seen_at = min(coalesce(first_seen_at, @at), @at),
       last_seen_at = max(coalesce(last_seen_at, @at), @at),
       last_address = case when coalesce(last_seen_at, @at) <= @at then coalesce(@address, last_address)
                           else last_address end
     where id = @deviceId and status not in ('revoked', 'removed')`,
  );

  return {
    touch(sightings: PackedSightings): undefined {
      for (const { deviceId, at, address, refusal, clientId } of unpackSightings(sightings)) {
        if (refusal !== null) refused.run({ deviceId, at, refusal });
        else if (allowed.run({ deviceId, at, address }).changes > 0 && clientId !== null) {
          clientIds.bind(clientId, deviceId, at);
        }
      }
    },
  };
}
