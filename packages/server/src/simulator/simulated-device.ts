import {
  createDevice,
  type Device,
  type DeviceCredentials,
  type DeviceOptions,
  MessageDropped,
  PublishRefused,
} from "@connack/device";
import type { ConnectFigures } from "./connect-figures.ts";
import { MessageLedger } from "./message-ledger.ts";
import { SimulatedLink } from "./simulated-link.ts";

export interface SimulatedDeviceParts {
  id: string;
  options: Pick<DeviceOptions, "url" | "protocolVersion" | "tls">;
  publishEverySeconds: number;
  figures: ConnectFigures;
  /** New credentials of this device. */
  credentials(): Promise<DeviceCredentials>;
  /** Milliseconds from publishing to receiving. */
  onDelivery(afterMs: number): void;
}

/** How long before the end of a token the devices renew it, in seconds. */
export const refreshMarginSeconds = 3;
/** How long an MQTT 5 broker keeps the session of a device that is away, in seconds. */
const sessionExpirySeconds = 600;

/** A device of the library with traffic: it publishes numbered messages to its own topic, and counts what comes back. */
export class SimulatedDevice {
  readonly link: SimulatedLink;
  readonly ledger = new MessageLedger();
  /** Why it may not subscribe to its own topic. */
  subscriptionProblem: string | undefined;
  readonly #parts: SimulatedDeviceParts;
  readonly #topic: string;
  #device: Device | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(parts: SimulatedDeviceParts) {
    this.#parts = parts;
    this.#topic = `devices/${parts.id}/simulate`;
    this.link = new SimulatedLink(parts.figures);
  }

  /** Switched on: from now on it connects by itself, again and again. */
  start(): void {
    const { id, options, publishEverySeconds } = this.#parts;
    let renewed = false;
    const device = createDevice({
      ...options,
      credentials: async () => {
        const credentials = await this.#parts.credentials();
        renewed = true;
        return credentials;
      },
      refreshMarginSeconds,
      refreshEverySeconds: 86_400,
      sessionExpirySeconds,
      testing: {
        open: this.link.open,
        // Devices spread their renewals; here they are to meet. Their waits before a new attempt stay spread.
        random: () => {
          const isForRenewal = renewed;
          renewed = false;
          return isForRenewal ? 0 : Math.random();
        },
      },
    });
    this.#device = device;
    device.on("message", ({ payload }) => this.#receive(payload));
    if (publishEverySeconds === 0) return;
    device.subscribe(this.#topic).then(
      () => this.#publishFromNowOn(publishEverySeconds * 1000),
      (error: Error) => {
        if (!this.#isStopping) this.subscriptionProblem = `${id}: ${error.message}`;
      },
    );
  }

  /** Whether it has what it needs to do its work. */
  get isReady(): boolean {
    return this.link.isOpen && (this.#parts.publishEverySeconds === 0 || this.#timer !== undefined);
  }

  stopPublishing(): void {
    this.#isStopping = true;
    clearTimeout(this.#timer);
  }

  /** Says goodbye; leaves nothing at the broker that messages could wait for. */
  async stop(): Promise<void> {
    this.stopPublishing();
    this.link.mend();
    const device = this.#device;
    if (!device) return;
    // Ends with the connection, also where the broker does not answer.
    void device.unsubscribe(this.#topic).catch(() => {});
    this.#device = undefined;
    await device.stop();
  }

  #publishFromNowOn(everyMs: number): void {
    if (this.#isStopping) return;
    const again = () => {
      this.#publish();
      this.#timer = setTimeout(again, everyMs);
    };
    this.#timer = setTimeout(again, Math.random() * everyMs);
  }

  #publish(): void {
    const { ledger } = this;
    const number = ledger.publish();
    this.#device?.publish(this.#topic, `${number} ${Date.now()}`).then(
      () => ledger.acknowledged(number),
      (error: unknown) => {
        if (error instanceof MessageDropped) ledger.dropped();
        else if (error instanceof PublishRefused) ledger.refused();
        else throw error;
      },
    );
  }

  #receive(payload: Uint8Array): void {
    const [number, sentAt] = Buffer.from(payload).toString().split(" ").map(Number);
    if (number === undefined || !Number.isSafeInteger(number) || number < 1) return;
    this.ledger.received(number);
    if (sentAt !== undefined) this.#parts.onDelivery(Date.now() - sentAt);
  }
}
