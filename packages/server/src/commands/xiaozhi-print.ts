import { isMap, isScalar } from "yaml";
import { type Gateway, gatewayText } from "../xiaozhi/gateway.ts";
import type { XiaozhiPlan } from "../xiaozhi/plan-change.ts";
import { readServerSection } from "../xiaozhi/read-server-section.ts";
import type { Remark } from "../xiaozhi/remark.ts";
import type { CommandContext } from "./command.ts";
import { paint, wrap } from "./print.ts";
import type { PreparedPlan } from "./xiaozhi-options.ts";

/** A plan for people: what changes, how the keys stand, what to know. Never a key. */
export function printPlan(context: CommandContext, { file, plan }: PreparedPlan): void {
  context.out(`${wrap(`${file.name}: mqtt_gateway has the form ${plan.form}, because ${plan.formReason}.`)}\n\n`);
  for (const { setting, from, to } of plan.changes) {
    context.out(`${setting}\n`);
    if (from !== undefined) context.out(`${paint(context, "red", `  - ${from}`)}\n`);
    context.out(`${paint(context, "green", `  + ${to}`)}\n`);
  }
  if (plan.changes.length > 0) context.out("\n");
  context.out(`${wrap(keySentence(plan))}\n`);
  for (const remark of plan.warnings) printRemark(context, "Warning", remark);
  for (const remark of plan.conflicts) printRemark(context, "Conflict", remark);
}

function printRemark(context: CommandContext, kind: "Warning" | "Conflict", { sentence, next }: Remark): void {
  context.out(`\n${paint(context, kind === "Conflict" ? "red" : "yellow", wrap(`${kind}: ${sentence}`))}\n`);
  context.out(`${wrap(`Next: ${next}`)}\n`);
}

function keySentence({ key }: XiaozhiPlan): string {
  const ours = key.connack.map(({ id, fingerprint }) => `${id} ${fingerprint}`).join(", ") || "none";
  const theirs = key.file ?? "none in the file";
  const same = key.state === "same" ? ", the same" : "";
  return `Signature key: ${theirs}${same}. Keys of Connack: ${ours}.`;
}

/** A plan as JSON; the text of the file is left out, as it has the key. */
export function planJson({ file, gateway, plan }: PreparedPlan): Record<string, unknown> {
  const { form, formReason, changes, key, warnings, conflicts } = plan;
  return {
    file: file.name,
    broker: gatewayText(gateway),
    form,
    formReason,
    changes,
    signatureKey: { state: key.state, ...(key.file !== undefined && { file: key.file }), connack: key.connack },
    warnings,
    conflicts,
  };
}

/** The command line of now as that of another command. */
export function sameFor(command: "apply", { file, gateway }: PreparedPlan, options: Record<string, unknown>): string {
  const form = options["form"] === undefined ? "" : ` --form ${String(options["form"])}`;
  const udp = options["udpPort"] === undefined ? "" : ` --udp-port ${String(options["udpPort"])}`;
  const key = options["writeKey"] === true ? " --write-key" : "";
  return `connack xiaozhi ${command} ${quote(file.name)} --broker ${gatewayText(gateway)}${form}${udp}${key}`;
}

const quote = (word: string) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** How the server comes to use the file, and how to see that it does. */
export function restartLines({ file, plan }: PreparedPlan, gateway: Gateway): string[] {
  const path = plan.form === "string" ? "/xiaozhi/ota/" : "/toy/ota/";
  const ask = `curl -s -X POST http://127.0.0.1:${httpPort(file.text)}${path} -H 'Device-Id: 02:00:00:00:00:01' -H 'Client-Id: check' -d '{"application":{"version":"1.0.0"},"board":{"type":"check"}}'`;
  return [
    "Restart xiaozhi-server: it reads the file at its start. Then ask it, on its machine, as a device does:",
    ask,
    `The "endpoint" in its answer has to be ${gatewayText(gateway)}. A device asks once at each start: it comes to the new broker when it is restarted.`,
  ];
}

function httpPort(text: string): number {
  const { server } = readServerSection(text, "");
  const port = isMap(server) ? server.get("http_port", true) : undefined;
  return isScalar(port) && typeof port.value === "number" ? port.value : 8003;
}
