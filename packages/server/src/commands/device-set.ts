import type { DeviceView } from "../operations/device-view.ts";
import { type Command, exitCodes, UsageError } from "./command.ts";
import {
  attributeOption,
  clientIdsOption,
  given,
  groupOption,
  pairs,
  passwordOptions,
  schemeOption,
  schemes,
  text,
  texts,
  wholeNumber,
} from "./option-values.ts";
import { printJson } from "./print.ts";
import { printDevice } from "./print-device.ts";
import { readPassword } from "./read-password.ts";

export const deviceSet: Command = {
  name: "device set",
  summary: "Change what a device may use: schemes, key generation, client ids, password",
  arguments: [{ name: "<id>", description: "its exact id; a MAC also as aa-bb-…, AA_BB_… or aabbccddeeff" }],
  options: [
    { ...schemeOption, description: "the schemes it may use from now on, all others are refused; may be repeated" },
    {
      flags: "--min-key-generation <n>",
      description:
        "least generation of the key its credential is made with, as connack key list counts it for the scheme of that credential; 0 is any",
    },
    groupOption,
    attributeOption,
    { ...clientIdsOption, description: "replaces its client ids; may be repeated" },
    ...passwordOptions,
  ],
  examples: ["connack device set sensor-1 --scheme jwt", "connack device set sensor-1 --min-key-generation 2"],
  async run(input, context) {
    const changes = given({
      schemes: schemes(input),
      minKeyGeneration: wholeNumber(input, "minKeyGeneration", "--min-key-generation"),
      group: text(input, "group"),
      attributes: pairs(input, "attribute", "--attribute"),
      clientIds: texts(input, "clientId"),
      password: await readPassword(input, context),
    });
    if (Object.keys(changes).length === 0) throw new UsageError("nothing to change: give at least one option");
    const device = (await context.call("device.set", { id: input.args[0], ...changes })) as DeviceView;
    if (context.json) printJson(context, device);
    else printDevice(context, device);
    return exitCodes.ok;
  },
};
