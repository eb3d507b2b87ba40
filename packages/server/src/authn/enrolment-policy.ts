import type { DeviceIdentity } from "@connack/credentials";

/** Read for each new device: they may change while the counts go on. */
export interface EnrolmentOptions {
  /** What happens to a device with a valid credential and no entry. */
  mode: "enrol" | "approve" | "refuse";
  /** New devices per minute, all groups together. */
  perMinute: number;
  perMinuteAndGroup: number;
  nowMs(): number;
}

export interface EnrolmentPolicy {
  /**
   * The status a new device gets, or why it gets none: `never` when its scheme proves nothing. Counts against the limits
   * unless it is a dry run.
   */
  statusFor(identity: DeviceIdentity, dryRun: boolean): "active" | "pending" | "refuse" | "limited" | "never";
}

const minute = 60_000;

/** Counts in whole minutes: whoever leaks a fleet key cannot fill the registry with invented devices. */
export function createEnrolmentPolicy(options: EnrolmentOptions): EnrolmentPolicy {
  let window = Number.NaN;
  let total = 0;
  const byGroup = new Map<string, number>();
  return {
    statusFor(identity, dryRun) {
      // Anybody could fill the registry, or take a MAC before its owner has come.
      if (identity.scheme === "xiaozhi-unsigned") return "never";
      if (options.mode === "refuse") return "refuse";
      const now = Math.floor(options.nowMs() / minute);
      if (now !== window) {
        window = now;
        total = 0;
        byGroup.clear(); // at most `perMinute` groups stand in it
      }
      const group = `${identity.scheme} ${identity.group ?? ""}`;
      const ofGroup = byGroup.get(group) ?? 0;
      if (total >= options.perMinute || ofGroup >= options.perMinuteAndGroup) return "limited";
      if (!dryRun) {
        total++;
        byGroup.set(group, ofGroup + 1);
      }
      return options.mode === "approve" ? "pending" : "active";
    },
  };
}
