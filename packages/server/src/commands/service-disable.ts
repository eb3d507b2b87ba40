import { oneServiceCommand } from "./service-one.ts";

export const serviceDisable = oneServiceCommand("disable", "Keep a service out, and end its connections");
