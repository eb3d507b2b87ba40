import { RecentMap } from "../../../audit/recent-map.ts";

/** Client ids of one device that are remembered. */
const mostOfOne = 16;

/**
 * Client ids that devices were last told to be connected with: the registry keeps those Connack decided about, and some
 * may have come in without. At least the last `most` devices, at most twice as many.
 */
export class RecentClients {
  readonly #devices: RecentMap<readonly string[]>;

  /** @param most some thousands at most */
  constructor(most = 8000) {
    this.#devices = new RecentMap(most);
  }

  connected(deviceId: string, clientId: string): void {
    const known = this.#devices.get(deviceId) ?? [];
    if (known.at(-1) === clientId) return;
    this.#devices.set(deviceId, [...known.filter((each) => each !== clientId), clientId].slice(-mostOfOne));
  }

  of(deviceId: string): readonly string[] {
    return this.#devices.get(deviceId) ?? [];
  }
}
