import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceDisable = oneDeviceCommand("disable", "Keep a device out for now; its connection is cut");
