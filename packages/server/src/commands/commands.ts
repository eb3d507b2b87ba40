import type { Command } from "./command.ts";

/** Every command there is, by its name, in the order `--help` shows them. One is loaded only when it is wanted. */
const loaders: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serve,
  status: async () => (await import("./status.ts")).status,
  watch: async () => (await import("./watch.ts")).watch,
  reasons: async () => (await import("./reasons.ts")).reasons,
  "device add": async () => (await import("./device-add.ts")).deviceAdd,
  "device list": async () => (await import("./device-list.ts")).deviceList,
  "device show": async () => (await import("./device-show.ts")).deviceShow,
  "device timeline": async () => (await import("./device-timeline.ts")).deviceTimeline,
  "device set": async () => (await import("./device-set.ts")).deviceSet,
  "device approve": async () => (await import("./device-approve.ts")).deviceApprove,
  "device enable": async () => (await import("./device-enable.ts")).deviceEnable,
  "device disable": async () => (await import("./device-disable.ts")).deviceDisable,
  "device revoke": async () => (await import("./device-revoke.ts")).deviceRevoke,
  "device remove": async () => (await import("./device-remove.ts")).deviceRemove,
  "device kick": async () => (await import("./device-kick.ts")).deviceKick,
  "credential issue": async () => (await import("./credential-issue.ts")).credentialIssue,
  "credential explain": async () => (await import("./credential-explain.ts")).credentialExplain,
  "acl show": async () => (await import("./acl-show.ts")).aclShow,
  "acl set": async () => (await import("./acl-set.ts")).aclSet,
  "acl test": async () => (await import("./acl-test.ts")).aclTest,
  "acl who": async () => (await import("./acl-who.ts")).aclWho,
  "service add": async () => (await import("./service-add.ts")).serviceAdd,
  "service list": async () => (await import("./service-list.ts")).serviceList,
  "service show": async () => (await import("./service-show.ts")).serviceShow,
  "service rotate": async () => (await import("./service-rotate.ts")).serviceRotate,
  "service enable": async () => (await import("./service-enable.ts")).serviceEnable,
  "service disable": async () => (await import("./service-disable.ts")).serviceDisable,
  "service remove": async () => (await import("./service-remove.ts")).serviceRemove,
  "service kick": async () => (await import("./service-kick.ts")).serviceKick,
  sub: async () => (await import("./sub.ts")).sub,
  pub: async () => (await import("./pub.ts")).pub,
  "emqx plan": async () => (await import("./emqx-plan.ts")).emqxPlan,
  "emqx apply": async () => (await import("./emqx-apply.ts")).emqxApply,
  "emqx rollback": async () => (await import("./emqx-rollback.ts")).emqxRollback,
  "emqx status": async () => (await import("./emqx-status.ts")).emqxStatus,
  "emqx config": async () => (await import("./emqx-config.ts")).emqxConfig,
  "emqx verify": async () => (await import("./emqx-verify.ts")).emqxVerify,
  try: async () => (await import("./try.ts")).tryBroker,
  sensor: async () => (await import("./sensor.ts")).sensor,
  simulate: async () => (await import("./simulate.ts")).simulate,
  "key list": async () => (await import("./key-list.ts")).keyList,
  "key add": async () => (await import("./key-add.ts")).keyAdd,
  "key derive": async () => (await import("./key-derive.ts")).keyDerive,
  "key remove": async () => (await import("./key-remove.ts")).keyRemove,
  "token add": async () => (await import("./token-add.ts")).tokenAdd,
  "token list": async () => (await import("./token-list.ts")).tokenList,
  "token remove": async () => (await import("./token-remove.ts")).tokenRemove,
  "tls dev-ca": async () => (await import("./tls-dev-ca.ts")).tlsDevCa,
  "tls dev-client": async () => (await import("./tls-dev-client.ts")).tlsDevClient,
  "xiaozhi plan": async () => (await import("./xiaozhi-plan.ts")).xiaozhiPlan,
  "xiaozhi apply": async () => (await import("./xiaozhi-apply.ts")).xiaozhiApply,
  "xiaozhi rollback": async () => (await import("./xiaozhi-rollback.ts")).xiaozhiRollback,
  "config show": async () => (await import("./config-show.ts")).configShow,
  "config check": async () => (await import("./config-check.ts")).configCheck,
  "config apply": async () => (await import("./config-apply.ts")).configApply,
  backup: async () => (await import("./backup.ts")).backup,
  restore: async () => (await import("./restore.ts")).restore,
};

/** What a command line needs: the command that its first words name; or all of them, for help and for errors. */
export async function loadCommands([first = "", second = ""]: readonly string[]): Promise<readonly Command[]> {
  const name = [first, `${first} ${second}`].find((each) => Object.hasOwn(loaders, each));
  const load = name === undefined ? undefined : loaders[name];
  return load === undefined ? loadAllCommands() : [await load()];
}

export function loadAllCommands(): Promise<readonly Command[]> {
  return Promise.all(Object.values(loaders).map((load) => load()));
}
