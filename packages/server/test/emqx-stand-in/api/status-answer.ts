import type { Alarm } from "../node-state.ts";
import { nodeName } from "../node-state.ts";

const noRates = { rate: 0, rate_last5m: 0, rate_max: 0 };

/** `GET …/status` of an authenticator or source: the same figures for the node and for all nodes. */
export function statusAnswer(
  counts: Record<string, number>,
  resource: { matched: number; success: number; failed: number } | undefined,
  status: string,
): object {
  const metrics = { ...noRates, ...counts };
  const resourceMetrics = resource ? { ...noRates, ...resource } : {};
  return {
    metrics,
    node_error: [],
    node_metrics: [{ metrics, node: nodeName }],
    node_resource_metrics: [{ metrics: resourceMetrics, node: nodeName }],
    node_status: [{ node: nodeName, status }],
    resource_metrics: resourceMetrics,
    status,
  };
}

/** One entry of `GET /alarms`. */
export function alarmView(alarm: Alarm, now: number): object {
  return {
    activate_at: new Date(alarm.activatedAt).toISOString().replace("Z", "+00:00"),
    details: alarm.details,
    duration: now - alarm.activatedAt,
    message: alarm.message,
    name: alarm.name,
    node: nodeName,
  };
}
