import type { JsonObject } from "../management/management-client.ts";
import { Unproven } from "./attack.ts";
import type { ListenerTarget } from "./listener-target.ts";
import type { LentDevice, LentKind, LentLane, Login, WitnessedEvent } from "./loan.ts";
import { type ConnectAnswer, type MqttVersion, openPeer, type PeerOptions } from "./open-peer.ts";
import type { Peer } from "./peer.ts";
import type { VerifySetting } from "./verify-setting.ts";
import { Watch } from "./watch.ts";

export interface LaneParts {
  target: ListenerTarget;
  version: MqttVersion;
  lent: LentLane;
  setting: VerifySetting;
  /** What Connack wrote down about a client id since then (Unix milliseconds). */
  events(clientId: string, sinceMs: number): Promise<WitnessedEvent[]>;
  /** A client as EMQX's API lists it; absent where no API can be asked. */
  findClient?: ((clientId: string) => Promise<JsonObject | undefined>) | undefined;
  /** Does one thing after the other, for all lanes: to check a password keeps a core of Connack busy. */
  passwordInTurn<Value>(task: () => Promise<Value>): Promise<Value>;
  signal: AbortSignal;
}

/** One listener and one version of MQTT, under attack: its throw-away devices, and who watches what gets through. */
export class Lane {
  readonly target: ListenerTarget;
  readonly version: MqttVersion;
  readonly setting: VerifySetting;
  readonly signal: AbortSignal;
  readonly events: LaneParts["events"];
  readonly findClient: LaneParts["findClient"];
  /** Who sees what gets through. */
  readonly watch = new Watch(() => this.observer());
  readonly #lent: LentLane;
  readonly #services: Login[];
  readonly #left: Record<"watched" | "others", LentDevice[]>;
  readonly #peers = new Set<Peer>();
  readonly #sessions = new Map<string, PeerOptions>();
  readonly #passwordInTurn: LaneParts["passwordInTurn"];
  readonly #retained = new Set<string>();
  #observing: Promise<ConnectAnswer & { clientId: string }> | undefined;

  constructor({ target, version, lent, setting, events, findClient, passwordInTurn, signal }: LaneParts) {
    this.target = target;
    this.version = version;
    this.setting = setting;
    this.signal = signal;
    this.events = events;
    this.findClient = findClient;
    this.#passwordInTurn = passwordInTurn;
    this.#lent = lent;
    this.#services = [...lent.services];
    // The first of each kind is the victim.
    const victims = new Set(this.kinds.map((kind) => lent.watched.find((device) => device.kind === kind)));
    this.#left = { watched: lent.watched.filter((device) => !victims.has(device)), others: [...lent.others] };
  }

  /** The kinds of device that there are. */
  get kinds(): readonly LentKind[] {
    return [...new Set(this.#lent.others.map(({ kind }) => kind))];
  }

  /** A device that nobody has used yet; with `watched` the observer may use its topics. */
  device(kind: LentKind, from: "watched" | "others" = "others"): LentDevice {
    const at = this.#left[from].findIndex((device) => device.kind === kind);
    const [device] = at < 0 ? [] : this.#left[from].splice(at, 1);
    if (!device) throw new Unproven(`no throw-away device is left (${kind})`);
    return device;
  }

  /** The device whose topics are attacked: one of each kind, which is never connected. */
  victim(kind: LentKind): LentDevice {
    const victim = this.#lent.watched.find((device) => device.kind === kind);
    if (!victim) throw new Unproven(`no throw-away device can be lent (${kind})`);
    return victim;
  }

  /** A topic of the victim that no other attack uses, where the kind has many. */
  foreignTopic(kind: LentKind, name: string): string {
    const { branch, inbox, id } = this.victim(kind);
    return inbox === undefined ? `${branch ?? `devices/${id}`}/${name}` : inbox.byClientId;
  }

  /** One CONNECT; whoever gets in is disconnected at the end at the latest. */
  async connect(options: PeerOptions): Promise<ConnectAnswer> {
    this.signal.throwIfAborted();
    const { keepsSession, ...login } = options;
    const open = () => openPeer(this.target, this.version, options);
    const answer = await (options.kind === "password" ? this.#passwordInTurn(open) : open());
    if (!answer.isIn) return answer;
    this.#peers.add(answer.peer);
    if (keepsSession) this.#sessions.set(login.clientId, login);
    if (this.signal.aborted) answer.peer.cut();
    return answer;
  }

  /** A device that has to get in, for what is tried after that. */
  async letIn(options: PeerOptions): Promise<Peer> {
    const answer = await this.connect(options);
    if (!answer.isIn) throw new Unproven(`a device with the right credential is not let in: ${answer.seen}`);
    return answer.peer;
  }

  /** How the service was answered that watches and writes as somebody who may. */
  observer(): Promise<ConnectAnswer & { clientId: string }> {
    this.#observing ??= this.#observe();
    return this.#observing;
  }

  async #observe(): Promise<ConnectAnswer & { clientId: string }> {
    const service = this.service();
    return { ...(await this.connect(service)), clientId: service.clientId };
  }

  /** A service that nobody has used yet. */
  service(): Login {
    const service = this.#services.shift();
    if (!service) throw new Unproven("no throw-away service is left");
    return service;
  }

  /** To be cleared at the end, whatever comes of it. */
  willBeRetained(topic: string): void {
    this.#retained.add(topic);
  }

  /** Takes back what was left behind, and disconnects everybody; says what it could not take back. */
  async cleanUp(): Promise<{ retained: number; sessions: number; problems: string[] }> {
    const problems: string[] = [];
    const observer = await this.#observing?.catch(() => undefined);
    const others = [...this.#peers].filter((peer) => !observer?.isIn || peer !== observer.peer);
    if (this.signal.aborted) for (const peer of others) peer.cut();
    await Promise.all(others.map((peer) => peer.leave()));
    const topics = [...this.#retained];
    for (const topic of topics) {
      const code = observer?.isIn ? await observer.peer.publish(topic, "", { retain: true }) : undefined;
      if (code === undefined || code >= 128) problems.push(`a message may still be retained at ${topic}`);
    }
    if (observer?.isIn) await observer.peer.leave();
    for (const login of this.#sessions.values()) {
      const answer = await openPeer(this.target, this.version, login);
      if (answer.isIn) await answer.peer.leave();
      else problems.push(`a session of ${login.clientId} may be kept by the broker for two hours`);
    }
    return { retained: topics.length, sessions: this.#sessions.size, problems };
  }
}
