export interface FairQueueOptions {
  /** Items of one name at one host; the oldest is pushed out. */
  maxPerName: number;
  /** Items in all; the host with the most loses its oldest. */
  max: number;
}

/** An item, and for whom it waits. */
export interface Place<Item> {
  readonly item: Item;
  readonly host: string;
  readonly name: string;
  readonly sinceMs: number;
}

interface Host<Item> {
  /** In order of arrival. */
  places: Set<Place<Item>>;
  /** By name, the name whose turn it is first; each list in order of arrival. */
  names: Map<string, Place<Item>[]>;
}

/**
 * Who is next, so that nobody keeps others waiting by sending more: hosts take turns, the names of one host take turns,
 * and within a name the newest is first, since the peer may long have given up on the others.
 */
export class FairQueue<Item> {
  readonly #options: FairQueueOptions;
  /** The host whose turn it is first: a Map keeps the order of insertion. */
  readonly #hosts = new Map<string, Host<Item>>();
  /** All there is, in order of arrival. */
  readonly #places = new Set<Place<Item>>();

  constructor(options: FairQueueOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#places.size;
  }

  /** Puts an item last in arrival, which is first within its name. Gives what had to leave for it, perhaps itself. */
  add(place: Place<Item>): Item[] {
    const host = this.#hosts.get(place.host) ?? { places: new Set(), names: new Map() };
    const sameName = host.names.get(place.name) ?? [];
    this.#hosts.set(place.host, host);
    host.names.set(place.name, sameName);
    host.places.add(place);
    sameName.push(place);
    this.#places.add(place);

    const [oldest] = sameName;
    if (oldest !== undefined && sameName.length > this.#options.maxPerName) return [this.#leave(oldest)];
    if (this.size > this.#options.max) return [this.#leave(this.#oldestOfBusiestHost(place))];
    return [];
  }

  /** Takes the next item out; its name and its host go to the end of their rounds. */
  take(): Place<Item> | undefined {
    const [host] = this.#hosts.values();
    const [sameName] = host?.names.values() ?? [];
    const place = sameName?.at(-1);
    if (host === undefined || sameName === undefined || place === undefined) return undefined;
    this.#hosts.delete(place.host);
    this.#hosts.set(place.host, host);
    host.names.delete(place.name);
    host.names.set(place.name, sameName);
    this.#leave(place);
    return place;
  }

  /** Takes a place out that is in. */
  remove(place: Place<Item>): void {
    if (this.#places.has(place)) this.#leave(place);
  }

  /** Takes out everything that came at `ms` or before, oldest first. */
  removeUntil(ms: number): Item[] {
    const gone: Item[] = [];
    for (const place of this.#places) {
      if (place.sinceMs > ms) break;
      gone.push(this.#leave(place));
    }
    return gone;
  }

  #leave(place: Place<Item>): Item {
    this.#places.delete(place);
    const host = this.#hosts.get(place.host);
    const sameName = host?.names.get(place.name);
    host?.places.delete(place);
    sameName?.splice(sameName.lastIndexOf(place), 1);
    if (sameName?.length === 0) host?.names.delete(place.name);
    if (host?.places.size === 0) this.#hosts.delete(place.host);
    return place.item;
  }

  #oldestOfBusiestHost(newest: Place<Item>): Place<Item> {
    let busiest: Host<Item> | undefined;
    for (const host of this.#hosts.values()) {
      if (host.places.size >= (busiest?.places.size ?? 1)) busiest = host;
    }
    const [oldest = newest] = busiest?.places ?? [];
    return oldest;
  }
}
