import { type Command, exitCodes } from "./command.ts";
import { given, text } from "./option-values.ts";
import { printJson } from "./print.ts";

export const keyDerive: Command = {
  name: "key derive",
  summary: "Print the key of one device, to be flashed into it: it is secret, and good for this device alone",
  arguments: [{ name: "<device>", description: "the device's id, as its tokens will name it" }],
  options: [
    { flags: "--key <id>", description: "key to derive from (default: the newest that was added with --per-device)" },
  ],
  examples: ["connack key add --scheme jwt --per-device --id factory", "connack key derive sensor-1 --key factory"],
  async run(input, context) {
    const request = given({ device: input.args[0], id: text(input, "key") });
    const derived = (await context.call("key.derive", request)) as { device: string; keyId: string; key: string };
    if (context.json) printJson(context, derived);
    else {
      context.out(`${derived.key}\n`);
      context.err(
        `The key of ${derived.device}, from key ${derived.keyId}: keep it nowhere but in the device, whose tokens name ${derived.keyId} as kid.\n`,
      );
    }
    return exitCodes.ok;
  },
};
