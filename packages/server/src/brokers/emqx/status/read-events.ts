import type { EmqxConfig } from "../../../config/emqx-section.ts";
import { connackName, ruleNames } from "../configure/desired-events.ts";
import type { LiveEmqx } from "../configure/read-state.ts";
import type { JsonObject, ManagementClient } from "../management/management-client.ts";
import { isEnabled } from "../warnings/chain.ts";
import type { EventFlow, EventStatus } from "./emqx-status.ts";
import { countOf, objectAt, textOf } from "./read-member.ts";

const actionName = ruleNames.events;

/** Whether what happens in EMQX arrives at Connack, by what EMQX counts. */
export async function readEvents(
  client: Pick<ManagementClient, "find">,
  { state: { connectors, actions, rules } }: Pick<LiveEmqx, "state">,
  config: EmqxConfig,
): Promise<EventStatus> {
  const connector = connectors.find((each) => isCalled(each, connackName));
  const action = actions.find((each) => isCalled(each, actionName));
  const ours = rules.filter((each) => [ruleNames.events, ruleNames.deniedTopics].some((id) => each["id"] === id));
  const [sent, ...counted] = await Promise.all([
    action === undefined ? undefined : client.find(`/actions/${encodeURIComponent(`http:${actionName}`)}/metrics`),
    ...ours.map((each) => client.find(`/rules/${encodeURIComponent(textOf(each, "id"))}/metrics`)),
  ]);
  const metrics = objectAt(sent, "metrics");
  const counts = {
    matched: counted.reduce<number>((sum, each) => sum + countOf(objectAt(each, "metrics"), "matched"), 0),
    delivered: countOf(metrics, "success"),
    failed: countOf(metrics, "failed"),
    dropped: countOf(metrics, "dropped"),
    queued: countOf(metrics, "queuing") + countOf(metrics, "inflight"),
  };
  const isSetUp = connector !== undefined && action !== undefined && ours.some(isEnabled);
  return {
    flow: config.events.enabled || isSetUp ? flowOf(isSetUp, counts) : "off",
    ...(connector && { connector: stateOf(connector) }),
    ...(action && { action: stateOf(action) }),
    ...counts,
  };
}

function flowOf(isSetUp: boolean, { matched, delivered, failed, dropped }: Omit<EventStatus, "flow">): EventFlow {
  if (!isSetUp) return "not set up";
  if (delivered > 0) return failed + dropped > 0 ? "partly" : "flowing";
  return matched === 0 || failed + dropped === 0 ? "nothing yet" : "not arriving";
}

function isCalled({ type, name }: JsonObject, wanted: string): boolean {
  return type === "http" && name === wanted;
}

function stateOf(live: JsonObject): string {
  return isEnabled(live) ? textOf(live, "status") || "unknown" : "disabled";
}
