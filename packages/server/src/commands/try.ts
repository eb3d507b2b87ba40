import { findConnackHere } from "../trial/ask-connack.ts";
import { readBrokerTarget, targetOptions, urlArgument } from "../trial/broker-target.ts";
import { credentialOptions, readCredentialSource } from "../trial/credential-options.ts";
import type { TrialCredential } from "../trial/credential-source.ts";
import { type BrokerName, brokerNames } from "../trial/explain-connack.ts";
import { checkTrialTopic, findTopics } from "../trial/find-topics.ts";
import { printStep, printVerdict } from "../trial/print-trial.ts";
import { runTrial } from "../trial/run-trial.ts";
import { type Command, exitCodes } from "./command.ts";
import { text } from "./option-values.ts";
import { paint, printJson } from "./print.ts";

export const tryBroker: Command = {
  name: "try",
  summary: "Connect once as a device, and say what works or the first thing that does not",
  arguments: [urlArgument],
  options: [
    ...credentialOptions,
    ...targetOptions,
    { flags: "--topic <topic>", description: "subscribe and publish here (default: the first the device may use)" },
    { flags: "--no-publish", description: "only connect and subscribe" },
    {
      flags: "--broker <name>",
      description: "whose broker it is: brokers mean codes differently",
      choices: brokerNames,
    },
    { flags: "--timeout <time>", description: "how long each answer may take (default: 10s)" },
  ],
  examples: [
    "connack try mqtt://localhost --device sensor-1",
    "connack try mqtt://broker.lan --client-id s1 --username s1 --password-file pw",
    "connack try mqtts://broker.lan --ca ca.crt --device s1 --jwt-secret-file key",
    "connack try mqtt://localhost --device sensor-1 --mqtt 5 --json | jq .sentence",
  ],
  async run(input, context) {
    const target = readBrokerTarget(input, 10);
    checkTrialTopic(text(input, "topic"));
    const source = await readCredentialSource(input, context);
    const credential: TrialCredential = await source.get(Math.floor(Date.now() / 1000));
    const topics = await findTopics(input, context, source, credential);
    const connack = await findConnackHere(context);
    if (!context.json)
      context.out(`${target.shown}, MQTT ${paint(context, "bold", target.protocolVersion === 5 ? "5" : "3.1.1")}\n\n`);
    const { report, failure } = await runTrial({
      target,
      source: source.name,
      credential,
      topics,
      publishes: input.options.publish !== false,
      broker: text(input, "broker") as BrokerName | undefined,
      connack,
      nowMs: Date.now,
      tell: (step, sofar) => {
        if (!context.json) printStep(context, step, sofar);
      },
    });
    if (context.json) printJson(context, report);
    else printVerdict(context, report);
    if (failure === undefined) return exitCodes.ok;
    return failure.isUnreachable ? exitCodes.unavailable : exitCodes.refused;
  },
};
