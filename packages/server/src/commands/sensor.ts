import { openThermometer } from "../sensor/read-temperature.ts";
import { runSensor, type SensorEnd } from "../sensor/run-sensor.ts";
import { sensorTopics } from "../sensor/sensor-messages.ts";
import { sensorPrinter } from "../sensor/sensor-printer.ts";
import { readBrokerTarget, targetOptions, urlArgument } from "../trial/broker-target.ts";
import { credentialOptions, readCredentialSource } from "../trial/credential-options.ts";
import { checkTrialTopic } from "../trial/find-topics.ts";
import { type Command, type CommandInput, type ExitCode, exitCodes, UsageError } from "./command.ts";
import { onInterrupt } from "./on-interrupt.ts";
import { seconds, text, wholeNumber } from "./option-values.ts";

export const sensor: Command = {
  name: "sensor",
  summary: "Be a device that publishes this machine's temperature and stays connected, until Ctrl-C",
  arguments: [urlArgument],
  options: [
    ...credentialOptions,
    ...targetOptions,
    {
      flags: "--topic <name>",
      description: "publish <name>/status and <name>/sensors/temperature (default: devices/<id>)",
    },
    { flags: "--every <time>", description: "time between samples (default: 10s)" },
    { flags: "--count <n>", description: "end after so many samples" },
    { flags: "--timeout <time>", description: "how long each answer may take (default: 30s)" },
  ],
  examples: [
    "connack sensor mqtt://localhost --device sensor-1",
    "connack sensor mqtt://localhost --device s1 --every 1m --json | jq .event",
  ],
  async run(input, context) {
    const target = readBrokerTarget(input, 30);
    const everySeconds = seconds(input, "every", "--every") ?? 10;
    if (everySeconds < 1 || everySeconds > 86_400) throw new UsageError("--every takes 1s to 1d");
    const count = wholeNumber(input, "count", "--count") ?? Infinity;
    if (count < 1) throw new UsageError("--count takes 1 or more");
    const topic = topicName(input);
    const source = await readCredentialSource(input, context);
    // Here and now: what is wrong with it is an error of the command, not a problem of the device.
    const first = await source.get(Math.floor(Date.now() / 1000));
    const device = first.deviceId ?? first.clientId;
    const topics = sensorTopics(topic ?? `devices/${device.replace(/[/+#]/g, "_")}`);
    const printer = sensorPrinter(context, device, Date.now);
    const thermometer = openThermometer();
    printer.begun({
      ...{ url: target.shown, device, clientId: first.clientId, credential: source.name },
      ...{ source: thermometer.source, topic: topics.temperature },
    });
    const { interrupted, stop } = onInterrupt();
    try {
      const end = await runSensor({
        ...{ target, source, first, device, topics, thermometer, everySeconds, count, interrupted, printer },
        nowMs: Date.now,
      });
      return exitOf(end, interrupted.aborted);
    } finally {
      stop();
    }
  },
};

function topicName(input: CommandInput): string | undefined {
  const name = text(input, "topic")?.replace(/\/$/, "");
  checkTrialTopic(name);
  return name;
}

/** Whoever wants a number of samples wants them delivered. */
function exitOf({ failed, lastProblem }: SensorEnd, isInterrupted: boolean): ExitCode {
  if (isInterrupted || failed === 0) return exitCodes.ok;
  return lastProblem?.kind === "refused" || lastProblem?.kind === "token" || lastProblem === undefined
    ? exitCodes.refused
    : exitCodes.unavailable;
}
