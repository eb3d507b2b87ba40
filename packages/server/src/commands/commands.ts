import { aclSet } from "./acl-set.ts";
import { aclShow } from "./acl-show.ts";
import { aclTest } from "./acl-test.ts";
import { aclWho } from "./acl-who.ts";
import { backup } from "./backup.ts";
import type { Command } from "./command.ts";
import { configApply } from "./config-apply.ts";
import { configCheck } from "./config-check.ts";
import { configShow } from "./config-show.ts";
import { credentialExplain } from "./credential-explain.ts";
import { credentialIssue } from "./credential-issue.ts";
import { deviceAdd } from "./device-add.ts";
import { deviceApprove } from "./device-approve.ts";
import { deviceDisable } from "./device-disable.ts";
import { deviceEnable } from "./device-enable.ts";
import { deviceKick } from "./device-kick.ts";
import { deviceList } from "./device-list.ts";
import { deviceRemove } from "./device-remove.ts";
import { deviceRevoke } from "./device-revoke.ts";
import { deviceSet } from "./device-set.ts";
import { deviceShow } from "./device-show.ts";
import { deviceTimeline } from "./device-timeline.ts";
import { keyAdd } from "./key-add.ts";
import { keyList } from "./key-list.ts";
import { keyRemove } from "./key-remove.ts";
import { pub } from "./pub.ts";
import { reasons } from "./reasons.ts";
import { restore } from "./restore.ts";
import { sensor } from "./sensor.ts";
import { serve } from "./serve.ts";
import { serviceAdd } from "./service-add.ts";
import { serviceDisable } from "./service-disable.ts";
import { serviceEnable } from "./service-enable.ts";
import { serviceKick } from "./service-kick.ts";
import { serviceList } from "./service-list.ts";
import { serviceRemove } from "./service-remove.ts";
import { serviceRotate } from "./service-rotate.ts";
import { serviceShow } from "./service-show.ts";
import { simulate } from "./simulate.ts";
import { status } from "./status.ts";
import { sub } from "./sub.ts";
import { tlsDevCa } from "./tls-dev-ca.ts";
import { tlsDevClient } from "./tls-dev-client.ts";
import { tokenAdd } from "./token-add.ts";
import { tokenList } from "./token-list.ts";
import { tokenRemove } from "./token-remove.ts";
import { tryBroker } from "./try.ts";
import { watch } from "./watch.ts";

/** Every command there is, in the order `--help` shows them. */
export const commands: readonly Command[] = [
  serve,
  status,
  watch,
  reasons,
  deviceAdd,
  deviceList,
  deviceShow,
  deviceTimeline,
  deviceSet,
  deviceApprove,
  deviceEnable,
  deviceDisable,
  deviceRevoke,
  deviceRemove,
  deviceKick,
  credentialIssue,
  credentialExplain,
  aclShow,
  aclSet,
  aclTest,
  aclWho,
  serviceAdd,
  serviceList,
  serviceShow,
  serviceRotate,
  serviceEnable,
  serviceDisable,
  serviceRemove,
  serviceKick,
  sub,
  pub,
  tryBroker,
  sensor,
  simulate,
  keyList,
  keyAdd,
  keyRemove,
  tokenAdd,
  tokenList,
  tokenRemove,
  tlsDevCa,
  tlsDevClient,
  configShow,
  configCheck,
  configApply,
  backup,
  restore,
];
