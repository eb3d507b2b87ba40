import { oneServiceCommand } from "./service-one.ts";

export const serviceRemove = oneServiceCommand("remove", "Remove a service, its password and its rights");
