import type { DeviceChange } from "../device-registry.ts";

/** Changes told in one turn of the event loop. */
const piece = 1000;

/** Who wants to know of committed changes. */
export class ChangeListeners {
  readonly #listeners = new Set<(change: DeviceChange) => void>();

  add(listener: (change: DeviceChange) => void): () => void {
    const own = (change: DeviceChange) => listener(change); // the same function may listen twice
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** A function that tells of the devices a write changed, a piece at each call; true when all are told. */
  teller<Value>(idsOf: (value: Value) => readonly string[], kind: DeviceChange["kind"]): (value: Value) => boolean {
    let ids: readonly string[] | undefined;
    let told = 0;
    return (value) => {
      ids ??= idsOf(value);
      for (const id of ids.slice(told, told + piece)) this.#tell({ id, kind });
      told += piece;
      return told >= ids.length;
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
