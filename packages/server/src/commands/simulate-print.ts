import { connackCode } from "@connack/device";
import { countText } from "../audit/timeline/time-text.ts";
import type { NoCounts } from "../simulator/connect-figures.ts";
import type { MemoryUse } from "../simulator/memory-watch.ts";
import type { StormReport } from "../simulator/run-storm.ts";
import type { SimulationReport } from "../simulator/simulation-report.ts";
import { listed } from "../terminal/wrap.ts";
import type { CommandContext } from "./command.ts";
import { paint, printFields, wrap } from "./print.ts";

/** The report, for people. */
export function printSimulation(context: CommandContext, report: SimulationReport): void {
  const { devices, connects, messages, rogues, memory, reasons } = report;
  const { ms } = connects;
  const { deliveryMs } = messages;
  printFields(context, {
    run: `${report.run}: ${countText(devices.asked)} devices, ${report.scheme}, MQTT ${report.mqtt}, ${report.url}, ${report.seconds} s`,
    devices: `${countText(devices.connectedAtEnd)} of ${countText(devices.asked)} connected at the end`,
    connects: [
      `${countText(connects.accepted)} accepted of ${countText(connects.attempts)};`,
      `${connects.acceptedPerSecond}/s at the start, ${countText(connects.peakPerSecond)} in the busiest second`,
    ],
    "connect time": ms && `p50 ${ms.p50} ms, p99 ${ms.p99} ms, max ${ms.max} ms`,
    refused: noPieces(connects),
    messages: [
      `${countText(messages.acknowledged)} sent, ${countText(messages.received)} received,`,
      `${countText(messages.lost)} lost, ${countText(messages.duplicated)} duplicated`,
      ...notAcknowledged(messages),
    ],
    delivery: deliveryMs && `p50 ${deliveryMs.p50} ms, p99 ${deliveryMs.p99} ms, max ${deliveryMs.max} ms`,
    ...Object.fromEntries(report.storms.map((storm, index) => [`storm ${index + 1}`, stormText(storm)])),
    rogues:
      rogues.clients === 0
        ? undefined
        : [
            `${countText(rogues.clients)} clients, ${countText(rogues.attempts)} attempts,`,
            `${countText(rogues.accepted)} accepted; refused`,
            ...noPieces(rogues),
          ],
    reasons:
      reasons.length === 0 ? undefined : listed(reasons.map((each) => `${countText(each.count)} × ${each.reason}`)),
    memory: [
      `start ${memoryText(memory.start)};`,
      ...(memory.connected ? [`connected ${memoryText(memory.connected)}; `] : []),
      ...(memory.settled ? [`before the end ${memoryText(memory.settled)};`] : []),
      `peak ${memory.peakRss} MB;`,
      `end ${memoryText(memory.end)}`,
    ],
  });
  const verdict = report.ok
    ? "Every legitimate device was there at the end, and nothing was lost."
    : paint(context, "red", wrap(`Not as it should be: ${report.problems.join("; ")}.`));
  context.out(`\n${verdict}\n`);
}

function notAcknowledged({ waiting, dropped, refused }: SimulationReport["messages"]): string[] {
  const never = waiting + dropped;
  return [
    ...(never > 0 ? [`and ${countText(never)} never acknowledged`] : []),
    ...(refused > 0 ? [`and ${countText(refused)} refused`] : []),
  ];
}

function stormText(storm: StormReport): string[] {
  const { kind, beganAt, hit, recoveredAfterSeconds, stillAway, peakConnectsPerSecond } = storm;
  const end =
    recoveredAfterSeconds === undefined
      ? `${countText(stillAway)} not back;`
      : `all back after ${recoveredAfterSeconds} s;`;
  return [
    `${kind} at ${beganAt.slice(11, 19)} UTC hit ${countText(hit)} devices;`,
    end,
    `at most ${countText(peakConnectsPerSecond)} connects in a second;`,
    "refused",
    ...noPieces(storm),
  ];
}

/** `none`, or `12 × 5 (not authorized)`, `3 × ECONNREFUSED`. */
function noPieces({ refused, failed }: NoCounts): string[] {
  const codes = Object.entries(refused).map(
    ([code, count]) => `${countText(count)} × ${code} (${connackCode(Number(code)).name})`,
  );
  const others = Object.entries(failed).map(([kind, count]) => `${countText(count)} × ${kind}`);
  return codes.length + others.length === 0 ? ["none"] : listed([...codes, ...others]);
}

function memoryText({ rss, heap }: MemoryUse): string {
  return `${rss} MB (heap ${heap} MB)`;
}
