import { type Connection, type ConnectionEnd, ConnectRefused, type PublishOutcome } from "../connection.ts";
import type { ConnectionOptions } from "../connection-options.ts";
import type { DeviceCredentials } from "../device-credentials.ts";
import type { openConnection } from "../open-connection.ts";
import type { OutgoingMessage } from "../publish-queue.ts";

/** A broker in memory, for `testing.open`: by the clock of the test, and as unkind as the test wants. */
export class FakeBroker {
  /** Unix milliseconds by the broker's own clock, which nobody sets. */
  nowMs = () => Date.now();
  isReachable = true;
  /** Leaves CONNECT without an answer. */
  isSilent = false;
  /** Code of CONNACK: 0 accepts. */
  answer: (credentials: DeviceCredentials) => number = () => 0;
  acknowledges: (message: OutgoingMessage) => boolean = () => true;
  /** SUBACK: 128 and above refuses. */
  grants: (filter: string) => number = () => 1;
  cutsAtExpiry = false;
  keepsSessions = true;
  /** Every CONNECT. */
  readonly attempts: DeviceCredentials[] = [];
  /** Payloads, as often as they came. */
  readonly received: string[] = [];
  readonly connections: FakeConnection[] = [];
  wills = 0;
  readonly sessions = new Map<string, Set<string>>();

  get current(): FakeConnection {
    const [newest] = this.connections.slice(-1);
    if (!newest) throw new Error("nobody has connected");
    return newest;
  }

  readonly open: typeof openConnection = async (options, credentials, _onMessage, signal) => {
    this.attempts.push(credentials);
    if (this.isSilent) {
      await new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    await Promise.resolve();
    if (!this.isReachable) throw new Error("connect ECONNREFUSED");
    const code = this.answer(credentials);
    if (code !== 0) throw new ConnectRefused(code);
    const before = this.connections.find((each) => each.isOpen && each.clientId === credentials.clientId);
    // MQTT 3.1.1 §3.1.4, MQTT 5 §3.1.4 (MQTT-3.1.4-3).
    before?.over(before.protocolVersion === 5 ? { code: 0x8e } : {});
    const connection = new FakeConnection(this, options, credentials);
    this.connections.push(connection);
    return connection;
  };
}

export class FakeConnection implements Connection {
  readonly receiveMaximum = 65_535;
  readonly sessionPresent: boolean;
  readonly ended: Promise<ConnectionEnd>;
  readonly clientId: string;
  readonly protocolVersion: 4 | 5;
  isOpen = true;
  /** The network is gone, and nobody has noticed. */
  isDead = false;
  checks = 0;
  readonly subscribed: string[] = [];
  readonly unsubscribed: string[] = [];
  readonly #broker: FakeBroker;
  readonly #filters: Set<string>;
  readonly #pending = new Set<(outcome: PublishOutcome) => void>();
  #resolve: (end: ConnectionEnd) => void = () => {};
  readonly #timers: ReturnType<typeof setTimeout>[] = [];

  constructor(broker: FakeBroker, { protocolVersion }: ConnectionOptions, credentials: DeviceCredentials) {
    const { clientId, expiresAt } = credentials;
    this.#broker = broker;
    this.clientId = clientId;
    this.protocolVersion = protocolVersion;
    const session = broker.keepsSessions ? broker.sessions.get(clientId) : undefined;
    this.sessionPresent = session !== undefined;
    this.#filters = session ?? new Set();
    broker.sessions.set(clientId, this.#filters);
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    if (broker.cutsAtExpiry && expiresAt !== undefined) {
      const cut = () => this.over(protocolVersion === 5 ? { code: 0x87 } : {});
      this.#timers.push(setTimeout(cut, expiresAt * 1000 - broker.nowMs()));
    }
  }

  /** Ended by the broker or the network: the will is published. */
  over(end: ConnectionEnd = {}): void {
    if (this.isOpen) this.#broker.wills++;
    this.#close(end);
  }

  publish(message: OutgoingMessage, done: (outcome: PublishOutcome) => void): void {
    if (!this.isOpen || this.isDead) return;
    this.#broker.received.push(new TextDecoder().decode(message.payload));
    if (!this.#broker.acknowledges(message)) this.#pending.add(done);
    else if (message.qos === 0) done("acknowledged");
    else queueMicrotask(() => this.isOpen && done("acknowledged"));
  }

  async subscribe(filter: string): Promise<number> {
    await Promise.resolve();
    if (!this.isOpen) throw new Error("the connection is over");
    this.subscribed.push(filter);
    const code = this.#broker.grants(filter);
    if (code < 128) this.#filters.add(filter);
    return code;
  }

  async unsubscribe(filter: string): Promise<void> {
    await Promise.resolve();
    if (!this.isOpen) throw new Error("the connection is over");
    this.unsubscribed.push(filter);
    this.#filters.delete(filter);
  }

  check(timeoutMs: number): void {
    this.checks++;
    if (this.isDead) this.#timers.push(setTimeout(() => this.over({ error: new Error("no sign of life") }), timeoutMs));
  }

  async end(timeoutMs: number): Promise<void> {
    for (const done of this.#pending) done("not sent");
    if (this.isDead) await new Promise((resolve) => setTimeout(resolve, timeoutMs));
    this.#close({});
  }

  destroy(): void {
    this.over();
  }

  #close(end: ConnectionEnd): void {
    this.isOpen = false;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#resolve(end);
  }
}
