import type { AddedDevice } from "../operations/add-device.ts";
import { type Command, exitCodes } from "./command.ts";
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
} from "./option-values.ts";
import { printJson } from "./print.ts";
import { printDevice } from "./print-device.ts";
import { readPassword } from "./read-password.ts";

export const deviceAdd: Command = {
  name: "device add",
  summary: "Register a device",
  arguments: [
    { name: "<id>", description: "its identity: sub of its JWT, its user name, its MAC, or its certificate's name" },
  ],
  options: [
    { ...schemeOption, description: `${schemeOption.description} (default: jwt)` },
    groupOption,
    attributeOption,
    clientIdsOption,
    { flags: "--pending", description: "register it, but let it wait for approval" },
    ...passwordOptions,
  ],
  examples: [
    "connack device add sensor-1",
    "connack device add aa:bb:cc:dd:ee:ff --scheme xiaozhi-hmac --group kitchen",
    "connack device add gateway --scheme password --client-id gateway-1",
  ],
  async run(input, context) {
    const password = await readPassword(input, context);
    const added = (await context.call("device.add", {
      id: input.args[0],
      ...given({
        schemes: schemes(input),
        group: text(input, "group"),
        attributes: pairs(input, "attribute", "--attribute"),
        clientIds: texts(input, "clientId"),
        status: input.options.pending === true ? "pending" : undefined,
        password,
      }),
    })) as AddedDevice;
    if (context.json) printJson(context, { ...added.device, ...given({ password: added.password }) });
    else {
      printDevice(context, added.device);
      if (added.password !== undefined)
        context.out(`\npassword      ${added.password}\nIt is shown this once and kept only as a hash.\n`);
    }
    return exitCodes.ok;
  },
};
