import type { AclRuleTemplate, SchemeName } from "@connack/credentials";
import { lentGroup } from "../brokers/emqx/verify/lent-group.ts";
import type { LentDevice, LentKind, Login } from "../brokers/emqx/verify/loan.ts";
import type { House } from "../open-house.ts";
import type { Device } from "../registry/device.ts";
import { OperationError } from "./operation.ts";
import type { MadeDevice } from "./verify-makers.ts";

type Makers = Record<LentKind, () => Promise<MadeDevice>>;

/** What the registry would have of a throw-away device. Its group and profile are its own: an operator's rules add nothing. */
export function asEntry({ device: { id, kind, clientId }, passwordHash }: MadeDevice, createdAt: number): Device {
  const scheme: SchemeName = kind === "jwt-emqx" ? "jwt" : kind;
  return {
    id,
    kind: "device",
    status: "active",
    schemes: [scheme],
    minKeyGeneration: 0,
    group: lentGroup,
    attributes: {},
    profile: scheme === "xiaozhi-hmac" ? "xiaozhi" : "sensor",
    rules: [],
    clientIds: [clientId],
    ...(passwordHash !== undefined && { passwordHash }),
    createdAt,
  };
}

/**
 * Those who may read and write the topics of the watched devices, and nothing else. With a password only where there is
 * no other way, as to check one keeps a core busy; never with a token that EMQX checks, whose rights are not from here.
 */
export async function lentServices(
  house: House,
  makers: Makers,
  watched: readonly LentDevice[],
  count: number,
): Promise<{ login: Login; entry: Device }[]> {
  const { credentials, brokers } = house.config;
  const kinds: LentKind[] = ["xiaozhi-hmac", ...(brokers.emqx.jwt.enabled ? [] : (["jwt"] as const)), "password"];
  const isOn = { password: credentials.password, "xiaozhi-hmac": credentials.xiaozhiHmac, jwt: credentials.jwt };
  const kind = kinds.find(
    (each) => each !== "jwt-emqx" && isOn[each].enabled && watched.some((one) => one.kind === each),
  );
  if (kind === undefined) {
    throw new OperationError(
      "nothing_to_lend",
      "nobody can be lent who may watch the devices' topics: xiaozhi credentials, passwords and tokens that Connack checks are all off",
      "set credentials.password.enabled: true in connack.yaml",
    );
  }
  const rules = rulesFor(watched);
  const services = Array.from({ length: count }, async () => {
    const made = await makers[kind]();
    const { clientId, username, password } = made.device;
    const entry: Device = {
      ...asEntry(made, house.nowMs()),
      ...(kind === "password" && { kind: "service" }),
      profile: "none",
      rules,
    };
    return { login: { kind, clientId, username, password }, entry };
  });
  return Promise.all(services);
}

/** Literal topics, no wildcard beyond one throw-away device. */
function rulesFor(watched: readonly LentDevice[]): AclRuleTemplate[] {
  const topics = watched.flatMap(({ branch, inbox }) => [
    ...(branch === undefined ? [] : [`${branch}/#`]),
    ...(inbox === undefined ? [] : [inbox.byClientId, inbox.byMac]),
  ]);
  const rules: AclRuleTemplate[] = [];
  for (let from = 0; from < topics.length; from += 50) {
    rules.push({ permission: "allow", action: "all", topics: topics.slice(from, from + 50) });
  }
  return rules;
}
