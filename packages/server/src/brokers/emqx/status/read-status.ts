import type { LiveEmqx } from "../configure/read-state.ts";
import type { JsonObject, ManagementClient } from "../management/management-client.ts";
import { asksConnack, idOf, isEnabled } from "../warnings/chain.ts";
import { findWarnings } from "../warnings/find-warnings.ts";
import type { WarningInput } from "../warnings/warning-rule.ts";
import type { AuthenticatorStatus, EmqxStatus, ListenerStatus, SourceStatus } from "./emqx-status.ts";
import { readEvents } from "./read-events.ts";
import { countOf, objectAt, textOf } from "./read-member.ts";

type Reader = Pick<ManagementClient, "find" | "url">;

/** What EMQX says of itself. `surroundings` has been read before. Throws `ManagementError`. */
export async function readStatus(client: Reader, live: LiveEmqx, surroundings: WarningInput): Promise<EmqxStatus> {
  const { state, version, connections } = live;
  const { config, probe } = surroundings;
  const [chain, sources, events] = await Promise.all([
    Promise.all(state.authenticators.map((each) => readAuthenticator(client, each, asksConnack(each, config)))),
    Promise.all(state.sources.map((each) => readSource(client, each))),
    readEvents(client, live, config),
  ]);
  const found = findWarnings(surroundings);
  return {
    url: client.url,
    version,
    clients: connections,
    ok: isInPlace(chain) && found.conflicts.length === 0 && !found.warnings.some(({ name }) => opens.has(name)),
    chain,
    noMatch: textOf(state.settings, "no_match"),
    denyAction: textOf(state.settings, "deny_action"),
    sources,
    listeners: surroundings.listeners.map(listenerOf),
    autoSubscribe: state.autoSubscribe.map((each) => textOf(each, "topic")),
    events,
    connackUrl: config.connackUrl,
    ...(probe !== undefined && { probe }),
    ...found,
  };
}

/** Whoever comes is let in. */
const opens: ReadonlySet<string> = new Set(["empty-chain", "anonymous-fallback", "listener-without-authentication"]);

function isInPlace(chain: readonly AuthenticatorStatus[]): boolean {
  return chain.some(({ isOurs, state }) => isOurs && state === "connected");
}

async function readAuthenticator(client: Reader, live: JsonObject, isOurs: boolean): Promise<AuthenticatorStatus> {
  const id = idOf(live);
  const status = await client.find(`/authentication/${encodeURIComponent(id)}/status`);
  const metrics = objectAt(status, "metrics");
  return {
    id,
    isOurs: isOurs && live["backend"] === "http",
    state: stateOf(live, status),
    letIn: countOf(metrics, "success"),
    refused: countOf(metrics, "failed"),
    passedOn: countOf(metrics, "nomatch"),
  };
}

async function readSource(client: Reader, live: JsonObject): Promise<SourceStatus> {
  const type = textOf(live, "type");
  const status = await client.find(`/authorization/sources/${encodeURIComponent(type)}/status`);
  const metrics = objectAt(status, "metrics");
  return {
    type,
    state: stateOf(live, status),
    allowed: countOf(metrics, "allow"),
    denied: countOf(metrics, "deny"),
    passedOn: countOf(metrics, "nomatch") + countOf(metrics, "ignore"),
  };
}

function stateOf(live: JsonObject, status: unknown): string {
  return isEnabled(live) ? textOf(status, "status") || "unknown" : "disabled";
}

function listenerOf(live: JsonObject): ListenerStatus {
  const { bind, enable_authn: authentication } = live;
  return {
    id: textOf(live, "id"),
    bind: typeof bind === "number" ? `:${bind}` : textOf(live, "bind"),
    isRunning: live["running"] === true,
    clients: countOf(live, "current_connections"),
    authentication: authentication === false || authentication === "quick_deny_anonymous" ? authentication : true,
  };
}
