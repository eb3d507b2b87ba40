import { type Command, UsageError } from "./command.ts";
import { simulateOptions, simulationPlan } from "./simulate-plan.ts";

export const simulate: Command = {
  name: "simulate",
  summary: "Load a broker with a fleet of real devices, storms and clients that misbehave, and report",
  arguments: [{ name: "[url]", description: "the broker, such as mqtt://127.0.0.1:1883" }],
  options: simulateOptions,
  examples: [
    "connack simulate mqtt://127.0.0.1:1883 --devices 100 --ramp 5s --duration 20s",
    "connack simulate mqtt://localhost --storm restart --storm network --rogue 5%",
    "connack simulate mqtts://broker.lan --ca ca.crt --yes --json > report.json",
    "connack simulate --clean-up",
  ],
  async run(input, context) {
    const isCleanUp = input.options.cleanUp === true;
    if (isCleanUp && input.args[0] !== undefined) throw new UsageError("--clean-up takes no URL: it only removes");
    const plan = isCleanUp ? undefined : simulationPlan(input);
    // Loaded only here: no other command needs it.
    const { cleanUp, runSimulate } = await import("./run-simulate.ts");
    return plan === undefined ? cleanUp(context) : runSimulate(plan, context);
  },
};
