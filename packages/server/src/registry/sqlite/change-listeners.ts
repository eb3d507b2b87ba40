import type { DeviceChange } from "../device-registry.ts";

/** Tells of the next `most` devices that a write has changed, and how many it told of; fewer than `most`: all are told. */
export type Teller<Value> = (value: Value, most: number) => number;

/** Who wants to know of committed changes. */
export class ChangeListeners {
  readonly #listeners = new Set<(change: DeviceChange) => void>();

  add(listener: (change: DeviceChange) => void): () => void {
    const own = (change: DeviceChange) => listener(change); // the same function may listen twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** A function that tells of the devices a write changed, some at each call. */
  teller<Value>(devicesOf: (value: Value) => readonly { id: string }[], kind: DeviceChange["kind"]): Teller<Value> {
    let told = 0;
    return (value, most) => {
      const devices = devicesOf(value).slice(told, told + most);
      for (const { id } of devices) this.#tell({ id, kind });
      told += devices.length;
      return devices.length;
    };
  }

  #tell(change: DeviceChange): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        // the change is committed whatever a listener makes of it
        process.emitWarning(error instanceof Error ? error : String(error));
      }
    }
  }
}
