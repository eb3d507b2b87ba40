import type { DeviceView } from "../operations/device-view.ts";
import { type Command, exitCodes } from "./command.ts";
import { printJson } from "./print.ts";
import { printDevice } from "./print-device.ts";

/** The commands `device <verb> <id>`: one operation of the same name, and the device as it is then. */
export function oneDeviceCommand(verb: string, summary: string): Command {
  return {
    name: `device ${verb}`,
    summary,
    arguments: [{ name: "<id>", description: "its exact id; a MAC also as aa-bb-…, AA_BB_… or aabbccddeeff" }],
    options: [],
    examples: [`connack device ${verb} sensor-1`],
    async run(input, context) {
      const device = (await context.call(`device.${verb}`, { id: input.args[0] })) as DeviceView;
      if (context.json) printJson(context, device);
      else printDevice(context, device);
      return exitCodes.ok;
    },
  };
}
