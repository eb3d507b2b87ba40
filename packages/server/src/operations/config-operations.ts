import { z } from "zod";
import { showConfig } from "../config/show-config.ts";
import { configApply } from "./config-apply.ts";
import { type Operation, operation } from "./operation.ts";

/** The settings the service runs with, secrets masked. */
const show = operation({
  name: "config.show",
  role: "viewer",
  input: z.strictObject({}),
  run: ({ loaded }) => ({ settings: showConfig(loaded), warnings: loaded.warnings }),
});

export const configOperations: readonly Operation[] = [show as Operation, configApply as Operation];
