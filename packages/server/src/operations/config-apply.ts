import { KeyImportError } from "@connack/credentials/verify";
import { z } from "zod";
import { ConfigError } from "../config/config-error.ts";
import { RefusedKey } from "../provisioning/prepare-key.ts";
import { changesText, type ReloadReport } from "../reload.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import { OperationError, operation } from "./operation.ts";

/** Has the running server read its configuration again; see `Reload`. `configuration`: it cannot be meant as it is. */
export const configApply = operation({
  name: "config.apply",
  role: "admin",
  /** `file`: full path of the connack.yaml that is meant; refused where the server reads another one. */
  input: z.strictObject({ file: z.string().min(1).max(4096).optional() }),
  change: (_input, report: ReloadReport) => ({ detail: changesText(report) }),
  async run({ reload }, { file }): Promise<ReloadReport> {
    if (!reload) throw notRunning();
    try {
      return await reload(file);
    } catch (error) {
      if (!isMistake(error)) throw error;
      throw new OperationError("configuration", error.message, "nothing was changed; correct it and try again");
    }
  },
});

export function notRunning(): OperationError {
  return new OperationError(
    "not_running",
    "no server runs on this data folder: it reads its configuration when it starts",
    "connack serve starts one; connack config check only checks",
  );
}

/** A mistake in the configuration, as opposed to one of ours. */
export function isMistake(error: unknown): error is Error {
  return [ConfigError, RefusedKey, KeyImportError, DamagedFolder].some((kind) => error instanceof kind);
}
