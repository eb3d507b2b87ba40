import type { ListenerState } from "./api/listeners.ts";
import { AuthenticatorChain } from "./authn/authenticator-chain.ts";
import { defaultAcl } from "./authz/default-acl.ts";
import { SourceList } from "./authz/source-list.ts";
import { dashboardDefaults, globalZoneDefaults } from "./config-defaults.ts";
import type { JsonObject } from "./json.ts";
import { Broker } from "./mqtt/broker.ts";
import { type Alarm, fullSettings, type NodeState, settingsDefaults } from "./node-state.ts";
import { RuleEngine } from "./rules/rule-engine.ts";

/** One EMQX node: its state, and what is at work in it. */
export class StandInNode {
  readonly state: NodeState;
  readonly engine: RuleEngine;
  readonly broker: Broker;
  /** The listeners, told by whoever opened them. */
  listeners: () => ListenerState[] = () => [];

  constructor(healthCheckMs: number, adminPassword: string) {
    const surroundings = { healthCheckMs, certificates: new Map<string, string>() };
    this.state = {
      surroundings,
      chain: new AuthenticatorChain(surroundings),
      sources: new SourceList(surroundings),
      settings: fullSettings(settingsDefaults as unknown as JsonObject),
      autoSubscribe: [],
      globalZone: globalZoneDefaults,
      dashboard: dashboardDefaults(0),
      bans: [],
      apiKeys: [],
      users: [{ username: "admin", password: adminPassword, description: "administrator" }],
      tokens: new Map(),
      startedAt: Date.now(),
    };
    this.engine = new RuleEngine(surroundings);
    this.broker = new Broker(this);
    this.sources.onChange = () => this.clearAuthorizationCaches();
  }

  get chain(): AuthenticatorChain {
    return this.state.chain;
  }

  get sources(): SourceList {
    return this.state.sources;
  }

  /** A fresh node has one source: the file that allows all. */
  async addDefaultSource(): Promise<void> {
    await this.sources.put({ type: "file", enable: true, rules: defaultAcl });
  }

  kick(clientId: string): boolean {
    return this.broker.kick(clientId);
  }

  clearAuthorizationCaches(): void {
    this.broker.clearCaches();
  }

  sessionCount(): number {
    return this.broker.router.sessions.size;
  }

  connectionCount(): number {
    return this.broker.live.size;
  }

  /** One for every resource whose server cannot be reached. */
  alarms(): Alarm[] {
    return this.chain.members
      .filter(({ live }) => live?.status() === "disconnected")
      .map(({ live }, index) => ({
        name: `emqx_authn_http:${index + 1}`,
        message: `resource down: ${live?.problem?.() ?? "unknown"}`,
        details: { reason: "resource_down", resource_id: `emqx_authn_http:${index + 1}` },
        activatedAt: this.state.startedAt,
      }));
  }

  async healthCheck(): Promise<void> {
    await Promise.all([this.chain.healthCheck(), this.sources.healthCheck(), this.engine.healthCheck()]);
  }

  /**
   * What a restart does to it: connections to servers are made anew, sessions, retained messages and figures are gone,
   * and the list of emqx.conf, where there is one, takes the place of all authenticators.
   */
  async restart(fileAuthentication: JsonObject[] | undefined): Promise<void> {
    this.broker.close();
    const { chain, sources } = this;
    const kept = fileAuthentication ?? chain.members.map(({ config }) => config);
    const users = new Map(chain.members.map((member) => [member.id, member.users]));
    chain.close();
    chain.members = [];
    for (const config of kept) await chain.put(withoutNulls(config), users);
    for (const { config } of sources.members) await sources.put(config);
    for (const member of sources.members) member.metrics = { total: 0, allow: 0, deny: 0, ignore: 0, nomatch: 0 };
    await this.engine.restart();
    this.state.startedAt = Date.now();
  }

  close(): void {
    this.broker.close();
    this.chain.close();
    this.sources.close();
    this.engine.close();
  }
}

/** A null in a configuration means the default at the next start. */
function withoutNulls(config: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== null));
}
