import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type AppliedSecrets, openAppliedSecrets } from "../brokers/emqx/configure/applied-secrets.ts";
import { type ChangeMemory, changeMemory } from "../brokers/emqx/configure/change-memory.ts";
import { type DesiredInput, type DesiredState, desiredState } from "../brokers/emqx/configure/desired-state.ts";
import type { LiveEmqx } from "../brokers/emqx/configure/read-state.ts";
import { inForce, listSnapshots, type NamedSnapshot, removeUnfinished } from "../brokers/emqx/configure/snapshot.ts";
import type { ManagementClient } from "../brokers/emqx/management/management-client.ts";
import { openManagementClient, readCa } from "../brokers/emqx/management/open-management-client.ts";
import { ConfigError } from "../config/config-error.ts";
import type { Config } from "../config/config-schema.ts";
import { dataFolderPath } from "../state/data-folder-path.ts";
import { lockFolder } from "../state/folder-lock.ts";
import { makeFolder } from "../state/make-folder.ts";
import { DamagedFolder } from "../state/read-json-file.ts";
import type { CommandContext } from "./command.ts";
import { noDataFolder } from "./no-data-folder.ts";
import { whenFolderIsFree } from "./when-folder-is-free.ts";

/** What the commands about EMQX's configuration work with. */
export interface EmqxSession {
  config: Config;
  client: ManagementClient;
  /** `emqx` in the data folder: what was there before, and what of it is ours. */
  folder: string;
  secrets: AppliedSecrets;
  snapshots(): NamedSnapshot[];
  memory(): ChangeMemory;
  desired(live: LiveEmqx): DesiredState;
}

/** Runs something with EMQX's API; `lock` keeps other changes of EMQX from this data folder away meanwhile. */
export async function withEmqx<Result>(
  context: CommandContext,
  { lock }: { lock: boolean },
  run: (session: EmqxSession) => Promise<Result>,
): Promise<Result> {
  const { config } = context.loadConfig();
  const dataFolder = dataFolderPath(config.dataDir);
  if (!existsSync(join(dataFolder, "instance.json"))) throw noDataFolder(dataFolder);
  const input = desiredInput(config, dataFolder);
  const folder = join(dataFolder, "emqx");
  const client = openManagementClient(config.brokers.emqx);
  let release = () => {};
  try {
    if (lock) {
      makeFolder(folder, 0o700);
      const held = await whenFolderIsFree(async () => lockFolder(folder));
      release = () => held.release();
      removeUnfinished(folder);
    }
    const secrets = openAppliedSecrets(folder, client.url);
    const snapshots = () => listSnapshots(folder, client.url);
    return await run({
      config,
      client,
      folder,
      secrets,
      snapshots,
      memory: () => changeMemory(inForce(snapshots()), secrets),
      desired: ({ version }) => desiredState({ ...input, asksPerTopic: /^5\.7\./.test(version.version) }),
    });
  } finally {
    release();
    await client.close();
  }
}

/** Everything that what is wanted of EMQX is made from. Throws `DamagedFolder` and `ConfigError`. */
export function desiredInput(config: Config, dataFolder: string): Omit<DesiredInput, "asksPerTopic"> {
  const { emqx } = config.brokers;
  return {
    emqx,
    ownJwt: config.credentials.jwt,
    brokerToken: readBrokerToken(dataFolder),
    ...(emqx.jwt.enabled &&
      emqx.jwt.publicKeyFile !== undefined && { publicKey: readPublicKey(emqx.jwt.publicKeyFile) }),
    ...(emqx.connackCaFile !== undefined && { connackCa: readCa("connackCaFile", emqx.connackCaFile) }),
  };
}

function readBrokerToken(dataFolder: string): string {
  const file = join(dataFolder, "broker-token");
  if (!existsSync(file)) throw new DamagedFolder(`${file} is missing: connack serve makes it at its first start.`);
  const token = readFileSync(file, "utf8").trim();
  if (token.length < 32) throw new DamagedFolder(`${file} does not hold a token of at least 32 characters.`);
  return token;
}

function readPublicKey(file: string): string {
  const refuse = (problem: string) =>
    new ConfigError([{ place: "brokers.emqx.jwt.publicKeyFile", problem: `the file ${file} ${problem}` }]);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw refuse(`cannot be read (${(error as NodeJS.ErrnoException).code ?? "unknown reason"})`);
  }
  // A private key would go over the wire, and into EMQX's configuration.
  if (!/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) throw refuse("holds no public key in PEM form");
  if (text.includes("PRIVATE KEY")) throw refuse("holds a private key: EMQX needs the public one");
  return text;
}
