import type { House } from "../../open-house.ts";
import type { Exposition } from "./exposition.ts";

export function collectLimiter({ limiter }: Pick<House, "limiter">, out: Exposition): void {
  const counters = limiter.counters();
  out.set("connack_password_checks_running", counters.running);
  out.set("connack_password_checks_waiting", counters.waiting);
  out.set("connack_password_checks_total", counters.checked);
  out.set("connack_password_checks_refused_total", counters.dropped);
  out.set("connack_password_answers_total", counters.provenHits, { from: "proven" });
  out.set("connack_password_answers_total", counters.wrongHits, { from: "wrong" });
  out.set("connack_password_answers_total", counters.sharedHits, { from: "shared" });
}
