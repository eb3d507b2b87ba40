import { oneServiceCommand } from "./service-one.ts";

export const serviceEnable = oneServiceCommand("enable", "Let a disabled service in again");
