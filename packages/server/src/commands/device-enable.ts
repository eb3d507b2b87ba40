import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceEnable = oneDeviceCommand("enable", "Let a disabled device in again");
