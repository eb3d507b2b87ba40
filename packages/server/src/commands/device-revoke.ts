import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceRevoke = oneDeviceCommand("revoke", "Keep a device out for good; its connection is cut");
