import type { House } from "../../open-house.ts";
import { connackVersion } from "../connack-version.ts";
import { ClockJumps } from "./clock-jumps.ts";
import { collectAudit } from "./collect-audit.ts";
import { collectEmbedded } from "./collect-embedded.ts";
import { collectEmqx } from "./collect-emqx.ts";
import { collectKeys } from "./collect-keys.ts";
import { collectLimiter } from "./collect-limiter.ts";
import { collectProcess } from "./collect-process.ts";
import { collectRegistry } from "./collect-registry.ts";
import { EventLoopDelay } from "./event-loop-delay.ts";
import type { Exposition } from "./exposition.ts";
import { FormerPasswords } from "./former-passwords.ts";

/** Puts some of the metrics into the exposition. */
export type Collect = (out: Exposition) => void | Promise<void>;

export interface WatchedHouse {
  /** Each stands alone: what one cannot find out is no reason to leave out another. */
  sources: readonly Collect[];
  stop(): void;
}

/** What the house itself can tell; what has to be looked at all the time – event loop and clock – is from now on. */
export function watchHouse(house: House): WatchedHouse {
  const clock = new ClockJumps();
  const eventLoop = new EventLoopDelay(() => clock.look(house.nowMs(), performance.now()));
  const formerPasswords = new FormerPasswords();
  const versions = { version: connackVersion(), node: process.version };
  eventLoop.start();
  return {
    sources: [
      (out) => out.set("connack_build_info", 1, versions),
      (out) => out.set("connack_warnings", house.warnings().length),
      (out) => collectRegistry(house, out),
      (out) => collectLimiter(house, out),
      (out) => collectAudit(house, out),
      (out) => collectKeys(house, out),
      (out) => formerPasswords.collect(house, out),
      (out) => collectClock(house, clock, out),
      (out) => out.histogram("connack_event_loop_delay_seconds", eventLoop.histogram),
      (out) => collectProcess(out),
      (out) => collectEmbedded(house, out),
      (out) => collectEmqx(house, out),
    ],
    stop: () => eventLoop.stop(),
  };
}

function collectClock({ clockWatch, nowMs }: House, { counts }: ClockJumps, out: Exposition): void {
  out.set("connack_clock_suspected", clockWatch.ownOffset(nowMs() / 1000) === undefined ? 0 : 1);
  out.set("connack_clock_jumps_total", counts.back, { direction: "back" });
  out.set("connack_clock_jumps_total", counts.forward, { direction: "forward" });
}
