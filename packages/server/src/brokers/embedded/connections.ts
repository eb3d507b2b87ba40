import type { Client } from "aedes";
import type { Access, Connection } from "./connection.ts";

/** All open connections, found by client, device or client id. */
export class Connections {
  // Kept beyond the close: a will fires after it.
  readonly #states = new WeakMap<Client, Connection>();
  readonly #open = new Set<Connection>();
  readonly #byDevice = new Map<string, Set<Connection>>();
  readonly #byClientId = new Map<string, Set<Connection>>();
  #connected = 0;
  #admissions = 0;

  add(connection: Connection): void {
    this.#states.set(connection.client, connection);
    this.#open.add(connection);
  }

  of(client: Client): Connection | undefined {
    return this.#states.get(client);
  }

  /** A number higher than all before. */
  nextOrder(): number {
    return ++this.#admissions;
  }

  /** From now on the connection belongs to the device: a kick finds it. */
  admit(connection: Connection, access: Access): void {
    connection.access = access;
    put(this.#byDevice, access.deviceId, connection);
    put(this.#byClientId, connection.client.id, connection);
  }

  markConnected(connection: Connection): void {
    connection.announced = true;
    this.#connected++;
  }

  remove(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    if (connection.announced) this.#connected--;
    if (connection.access === undefined) return;
    take(this.#byDevice, connection.access.deviceId, connection);
    take(this.#byClientId, connection.client.id, connection);
  }

  ofDevice(deviceId: string): Connection[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  /** Admitted connections with this client id; more than one only while one replaces the other. */
  withClientId(clientId: string): Connection[] {
    return [...(this.#byClientId.get(clientId) ?? [])];
  }

  all(): Connection[] {
    return [...this.#open];
  }

  /** Open TCP connections. */
  get open(): number {
    return this.#open.size;
  }

  /** Connections whose CONNECT was accepted. */
  get connected(): number {
    return this.#connected;
  }
}

function put(index: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, new Set([connection]));
  else entries.add(connection);
}

function take(index: Map<string, Set<Connection>>, key: string, connection: Connection): void {
  const entries = index.get(key);
  if (entries === undefined) return;
  entries.delete(connection);
  if (entries.size === 0) index.delete(key);
}
