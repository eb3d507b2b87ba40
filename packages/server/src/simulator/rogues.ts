import { setTimeout as sleep } from "node:timers/promises";
import type { DeviceCredentials } from "@connack/device";
import { ConnectFigures } from "./connect-figures.ts";
import { eachAtOnce } from "./each-at-once.ts";
import type { Identities } from "./identities.ts";
import { RogueClient, type RogueKind } from "./rogue-client.ts";
import { withWrongKey } from "./rogue-credentials.ts";
import { mostAtOnce } from "./server-calls.ts";
import type { SimulationPlan } from "./simulation-plan.ts";

/** One rogue, before it has a credential. Twins have the same identity. */
export interface RogueRole {
  kind: RogueKind;
  identity: string;
}

/**
 * Half of them twins, in pairs, of identities that only they have; a quarter has a wrong key, and a quarter a credential
 * that is dead. With `cloneLegitimate` each twin is one of a legitimate device.
 */
export function rogueRoles(plan: SimulationPlan, { names }: Pick<Identities, "names">): RogueRole[] {
  const pairs = Math.floor(plan.rogues / 4);
  const roles: RogueRole[] = [];
  for (let number = 1; number <= pairs * 2; number++) {
    const identity = plan.cloneLegitimate ? names.device(number) : names.rogue(Math.ceil(number / 2));
    roles.push({ kind: "twin", identity });
  }
  for (let number = pairs + 1; roles.length < plan.rogues; number++) {
    roles.push({ kind: number % 2 === 0 ? "dead credential" : "wrong key", identity: names.rogue(number) });
  }
  return roles;
}

/** Clients that misbehave, all at the same broker. */
export class Rogues {
  readonly figures = new ConnectFigures(() => performance.now());
  readonly #clients: RogueClient[] = [];
  readonly #ending = new AbortController();

  /** Makes their credentials; their identities are registered. */
  async prepare(plan: SimulationPlan, identities: Identities, roles: readonly RogueRole[]): Promise<void> {
    await eachAtOnce(roles, mostAtOnce, async (role) => {
      const credentials = await credentialsOf(role, plan, identities);
      this.#clients.push(new RogueClient(plan, this.figures, credentials));
    });
  }

  get size(): number {
    return this.#clients.length;
  }

  get connected(): number {
    return this.#clients.filter(({ isConnected }) => isConnected).length;
  }

  /** Switches them on, spread evenly over the time. */
  async start(withinMs: number, signal: AbortSignal): Promise<void> {
    for (const client of this.#clients) {
      client.start(this.#ending.signal);
      await sleep(withinMs / this.#clients.length, undefined, { signal });
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#clients.map((client) => client.stopped()));
  }
}

async function credentialsOf(
  { kind, identity }: RogueRole,
  { scheme }: SimulationPlan,
  identities: Identities,
): Promise<DeviceCredentials> {
  if (kind !== "dead credential") {
    const credentials = await identities.credentials(identity);
    return kind === "twin" ? credentials : withWrongKey(credentials, scheme);
  }
  // A token that is over before the device is switched on; what has no end dies by an operator's hand.
  const credentials = await identities.credentials(identity, 1);
  if (scheme !== "jwt") await identities.disable(identity);
  return credentials;
}
