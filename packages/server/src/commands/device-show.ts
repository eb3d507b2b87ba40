import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceShow = oneDeviceCommand("show", "Show one device: status, rights, last seen, last refusal");
