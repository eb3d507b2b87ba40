import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceApprove = oneDeviceCommand("approve", "Accept a device that waits for approval");
