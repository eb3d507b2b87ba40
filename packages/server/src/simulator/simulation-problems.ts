import type { SimulationReport } from "./simulation-report.ts";

/** How a run ended. */
export interface RunEnd {
  isInterrupted: boolean;
  /** Legitimate devices, before they were stopped. */
  connectedAtEnd: number;
}

/** Why a run was not a success, in sentences; empty where it was. */
export function simulationProblems(
  { devices, messages, storms }: Pick<SimulationReport, "devices" | "messages" | "storms">,
  { isInterrupted }: RunEnd,
  notSubscribed: { count: number; first: string | undefined },
): string[] {
  const away = devices.asked - devices.connectedAtEnd;
  const notAcknowledged = messages.dropped + messages.waiting;
  return [
    isInterrupted && "it was interrupted",
    away > 0 && `${away} of ${devices.asked} legitimate devices were not connected at the end`,
    ...storms.map(
      ({ kind, stillAway }) =>
        stillAway > 0 && `${stillAway} devices were not back from the ${kind} storm in the time they had`,
    ),
    messages.lost > 0 && `${messages.lost} messages were acknowledged and never received`,
    notAcknowledged > 0 && `${notAcknowledged} messages were never acknowledged`,
    messages.refused > 0 && `the broker refused ${messages.refused} messages`,
    notSubscribed.count > 0 &&
      `${notSubscribed.count} devices may not subscribe to their own topic, e.g. ${notSubscribed.first}`,
  ].filter((problem) => problem !== false);
}
