import { oneDeviceCommand } from "./one-device-command.ts";

export const deviceRemove = oneDeviceCommand("remove", "Forget a device; it does not enrol again by itself");
