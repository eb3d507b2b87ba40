import type { Server as TlsServer } from "node:https";
import { addressText } from "../../open-embedded-broker.ts";
import type { House } from "../../open-house.ts";
import { listen } from "../listen.ts";
import { listenerTls, watchListenerTls } from "../listener-tls.ts";
import { stopsGracefully } from "../stop-http-server.ts";

export interface AdminServer {
  /** `http://host:port`, or `https://…`. */
  url: string;
  /** Ends event streams, and lets answers under way finish, for two seconds. */
  close(): Promise<void>;
}

export interface AdminServerOptions {
  onError(error: unknown): void;
  /** Told, in one sentence and seldom, of what an operator should look at. */
  onProblem(sentence: string): void;
  /** Told, in one sentence, what is good to know. */
  onNews(sentence: string): void;
  /** Time between two signs of life in an event stream, in milliseconds; default 15 s. */
  heartbeatMs?: number;
}

/**
 * The listener for people and programs, as it is configured in `http.admin`. Rejects with `ConfigError` for a certificate
 * that cannot be used, and with the system's error where the door cannot be opened.
 */
export async function openAdminServer(house: House, options: AdminServerOptions): Promise<AdminServer> {
  const tls = listenerTls(house.loaded, "admin");
  // Only here: a command that opens the house has no use for it.
  const { createAdminRoutes } = await import("./create-admin-routes.ts");
  const { app, endStreams } = createAdminRoutes(house, { ...options, tls });
  await app.ready();
  const { server } = app;
  const stop = stopsGracefully(server);
  const { host } = house.config.http.admin;
  const port = await listen(server, house.config.http.admin);
  const { metrics, nowMs } = house;
  const onInForce = metrics.certificateInForce.bind(undefined, "admin");
  const endWatch = tls && watchListenerTls(server as TlsServer, tls, { ...options, onInForce, nowMs });
  return {
    url: `${tls ? "https" : "http"}://${addressText({ host, port })}`,
    close() {
      endWatch?.();
      endStreams();
      return stop();
    },
  };
}
