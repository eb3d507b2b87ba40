import type { AclAnswer } from "../operations/acl-verdict.ts";
import { connectOptions, oneQos } from "./acl-options.ts";
import { ruleText } from "./acl-rule-text.ts";
import { type Command, type CommandContext, exitCodes, UsageError } from "./command.ts";
import { given, text } from "./option-values.ts";
import { paint, printFields, printJson, wrap } from "./print.ts";

export const aclTest: Command = {
  name: "acl test",
  summary: "Tell whether a device or service may publish or subscribe, and which rule decides; ends with 1 for no",
  arguments: [
    { name: "<who>", description: "id of a device, or name of a service" },
    { name: "<action>", description: "publish or subscribe" },
    { name: "<topic>", description: "topic, or filter to subscribe to" },
  ],
  options: [
    { flags: "--qos <level>", description: "QoS of the message, or the highest asked for (default: 0)" },
    { flags: "--retain", description: "ask about a retained message" },
    ...connectOptions,
  ],
  examples: [
    "connack acl test sensor-1 publish devices/sensor-1/temperature",
    "connack acl test backend subscribe 'devices/#' --qos 1",
  ],
  async run(input, context) {
    const [id, action, topic] = input.args;
    if (action !== "publish" && action !== "subscribe") {
      throw new UsageError(`the action is publish or subscribe, not ${JSON.stringify(action)}`);
    }
    const retain = input.options.retain === true || undefined;
    if (retain && action === "subscribe") throw new UsageError("--retain is about a message that is published");
    const connects = {
      scheme: text(input, "scheme"),
      clientId: text(input, "clientId"),
      username: text(input, "username"),
    };
    const question = given({ id, action, topic, qos: oneQos(input), retain, ...connects });
    const answer = (await context.call("acl.test", question)) as AclAnswer;
    if (context.json) printJson(context, answer);
    else printAnswer(context, answer);
    return answer.result === "allow" ? exitCodes.ok : exitCodes.refused;
  },
};

function printAnswer(context: CommandContext, answer: AclAnswer): void {
  const { result, rule, because, withheld } = answer;
  const word = result === "allow" ? paint(context, "green", "allow") : paint(context, "red", "deny");
  context.out(`${word}  ${answer.kind} ${answer.id} ${answer.action} ${answer.topic}\n`);
  printFields(context, {
    "decided by": rule ? `rule ${rule.n}: ${ruleText(rule)}` : because,
    from: rule?.from,
    "connects with": answer.scheme,
  });
  if (withheld.length > 0) {
    context.out(
      `\n${wrap("Inside of that it may not read everything. The embedded broker withholds these messages, EMQX delivers them:")}\n`,
    );
    for (const denial of withheld) context.out(`  rule ${denial.n}: ${ruleText(denial)}  (${denial.from})\n`);
  }
  for (const note of answer.notes) context.out(`\n${wrap(note)}\n`);
}
