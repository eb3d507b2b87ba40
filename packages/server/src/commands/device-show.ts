import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceShow = oneDeviceCommand(
  "show",
  "Show one device: status, schemes, client ids, last seen, last refusal",
);
