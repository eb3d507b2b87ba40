import type { Command } from "./command.ts";
import { configCheck } from "./config-check.ts";
import { configShow } from "./config-show.ts";
import { credentialExplain } from "./credential-explain.ts";
import { credentialIssue } from "./credential-issue.ts";
import { deviceAdd } from "./device-add.ts";
import { deviceApprove } from "./device-approve.ts";
import { deviceDisable } from "./device-disable.ts";
import { deviceEnable } from "./device-enable.ts";
import { deviceList } from "./device-list.ts";
import { deviceRemove } from "./device-remove.ts";
import { deviceRevoke } from "./device-revoke.ts";
import { deviceSet } from "./device-set.ts";
import { deviceShow } from "./device-show.ts";
import { keyAdd } from "./key-add.ts";
import { keyList } from "./key-list.ts";
import { serve } from "./serve.ts";
import { status } from "./status.ts";

/** Every command there is, in the order `--help` shows them. */
export const commands: readonly Command[] = [
  serve,
  status,
  deviceAdd,
  deviceList,
  deviceShow,
  deviceSet,
  deviceApprove,
  deviceEnable,
  deviceDisable,
  deviceRevoke,
  deviceRemove,
  credentialIssue,
  credentialExplain,
  keyList,
  keyAdd,
  configShow,
  configCheck,
];
