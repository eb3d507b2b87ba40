import type { ConfigurationWarning } from "../brokers/emqx/configure/configuration-step.ts";
import type { AuthenticatorStatus, EmqxStatus, EventFlow } from "../brokers/emqx/status/emqx-status.ts";
import { wrapLines } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint, printTable, wrap } from "./print.ts";

/** The status for people, on 80 columns. */
export function printEmqxStatus(context: CommandContext, status: EmqxStatus): void {
  printNodes(context, status);
  printChain(context, status);
  printAuthorization(context, status);
  printListeners(context, status);
  printEvents(context, status);
  for (const each of status.conflicts) printRemark(context, "Conflict", "red", each);
  for (const each of status.warnings) printRemark(context, "Warning", "yellow", each);
  const verdict = status.ok
    ? paint(context, "green", "Connack decides who connects.")
    : paint(context, "red", "It is not Connack alone that decides who connects.");
  context.out(`\n${verdict}\n${wrap("What differs from the configuration: connack emqx plan")}\n`);
}

function printNodes(context: CommandContext, { url, version, clients, connackUrl, probe }: EmqxStatus): void {
  const { version: number, edition, nodes } = version;
  context.out(`${wrap(`EMQX ${number} (${edition}) at ${url}, ${countText(clients, "client")} connected`)}\n`);
  for (const { name, isRunning, version: own, uptimeMs } of nodes) {
    const state = isRunning ? `up ${ageText(uptimeMs)}` : "not running";
    context.out(`${wrap(`${name}: ${state}${own === number ? "" : `, ${own}`}`, "  ")}\n`);
  }
  const reached = probe === undefined ? "not asked" : probe.isReached ? "reached" : `not reached: ${probe.said}`;
  context.out(`${wrap(`Connack at ${connackUrl}, seen from EMQX: ${reached}`)}\n`);
}

function printChain(context: CommandContext, { chain }: EmqxStatus): void {
  heading(context, "Authentication, in this order");
  if (chain.length === 0) {
    context.out(`${paint(context, "red", "  none: everybody is let in")}\n`);
    return;
  }
  const rows = chain.map((each) => [
    `  ${each.id}${each.isOurs ? " (Connack)" : ""}`,
    each.state,
    String(each.letIn),
    String(each.refused),
    String(each.passedOn),
  ]);
  printTable(context, ["  AUTHENTICATOR", "STATE", "LET IN", "REFUSED", "PASSED ON"], rows);
  for (const each of chain) for (const remark of remarksOn(each)) context.out(`${wrap(remark, "  ")}\n`);
}

/** What a count or a state of ours means. */
function remarksOn({ isOurs, state, passedOn, id }: AuthenticatorStatus): string[] {
  if (!isOurs) return [];
  const remarks: string[] = [];
  if (passedOn > 0) {
    remarks.push(
      `${id} passed on ${countText(passedOn, "login")}: Connack never does that. EMQX had no answer that it could use: ` +
        "Connack was not running, was later than request_timeout, or something else answered there.",
    );
  }
  if (state !== "connected" && state !== "disabled") {
    remarks.push(
      `${id} is ${state}: EMQX refuses devices at once and asks again every 15 s. connack serve has to run, and be reachable.`,
    );
  }
  return remarks;
}

function printAuthorization(
  context: CommandContext,
  { noMatch, denyAction, sources, autoSubscribe }: EmqxStatus,
): void {
  heading(context, "Authorization");
  context.out(
    `${wrap(`what nothing speaks about: ${noMatch}; a denied client is: ${denyAction === "disconnect" ? "cut" : "left connected"}`, "  ")}\n`,
  );
  const rows = sources.map(({ type, state, allowed, denied, passedOn }) => [
    `  ${type}`,
    state,
    ...[allowed, denied, passedOn].map(String),
  ]);
  if (rows.length > 0) printTable(context, ["  SOURCE", "STATE", "ALLOWED", "DENIED", "PASSED ON"], rows);
  const topics = autoSubscribe.length === 0 ? "nothing" : autoSubscribe.join(", ");
  context.out(`${wrap(`every client is subscribed to: ${topics}`, "  ")}\n`);
}

function printListeners(context: CommandContext, { listeners }: EmqxStatus): void {
  if (listeners.length === 0) return;
  heading(context, "Listeners");
  const rows = listeners.map(({ id, bind, isRunning, clients, authentication }) => [
    `  ${id}`,
    bind,
    isRunning ? "running" : "stopped",
    String(clients),
    authentication === true
      ? "asked"
      : authentication === false
        ? "NOBODY IS ASKED"
        : "asked, but for clients without name",
  ]);
  printTable(context, ["  LISTENER", "ADDRESS", "STATE", "CLIENTS", "AUTHENTICATION"], rows);
}

const flowTexts: Record<EventFlow, string> = {
  off: "switched off (brokers.emqx.events.enabled)",
  "not set up": "not set up: connack emqx apply",
  "nothing yet": "set up; EMQX had nothing to tell yet",
  flowing: "Connack is told",
  partly: "Connack is told a part",
  "not arriving": "NOT ARRIVING: Connack is told nothing",
};

function printEvents(context: CommandContext, { events }: EmqxStatus): void {
  heading(context, "Events");
  const { flow, connector, action, matched, delivered, failed, dropped, queued } = events;
  context.out(`${wrap(flowTexts[flow], "  ")}\n`);
  if (connector === undefined || action === undefined) return;
  const counts = [`${matched} happened`, `${delivered} delivered`, `${failed} failed`, `${dropped} dropped`];
  const waiting = queued === 0 ? [] : [`${queued} waiting`];
  context.out(`${wrap(`connector ${connector}, action ${action}; ${[...counts, ...waiting].join(", ")}`, "  ")}\n`);
}

function printRemark(
  context: CommandContext,
  kind: string,
  colour: "yellow" | "red",
  { sentence, next }: ConfigurationWarning,
): void {
  context.out(`\n${paint(context, colour, wrap(`${kind}: ${sentence}`))}\n${wrapLines(`Next: ${next}`)}\n`);
}

function heading(context: CommandContext, text: string): void {
  context.out(`\n${paint(context, "bold", text)}\n`);
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 2) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  return minutes < 2880 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
