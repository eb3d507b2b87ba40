import type { FastifyInstance } from "fastify";
import { madeFrom } from "../../config/made-from.ts";
import type { House } from "../../open-house.ts";
import type { ConfiguredTls } from "../../tls/configured-tls.ts";
import { createCallerOf } from "../trusted-proxies.ts";
import { addEventStreamRoute } from "./add-event-stream-route.ts";
import { addOperationRoutes } from "./add-operation-routes.ts";
import { addPlainRoutes } from "./add-plain-routes.ts";
import { createAuthenticate } from "./authenticate.ts";
import { createCheckCaller } from "./check-caller.ts";
import { createAdminApp } from "./create-admin-app.ts";
import { createNoteRefusals } from "./note-refusals.ts";

export interface AdminRoutesOptions {
  tls: ConfiguredTls | undefined;
  onError(error: unknown): void;
  onProblem(sentence: string): void;
  /** Default 15 s. */
  heartbeatMs?: number;
}

/** The whole admin listener, not listening yet. */
export function createAdminRoutes(
  house: House,
  { tls, onError, onProblem, heartbeatMs = 15_000 }: AdminRoutesOptions,
): { app: FastifyInstance; endStreams(): void } {
  const settings = () => house.config.http.admin;
  const callerOf = madeFrom(() => settings().trustedProxies, createCallerOf);
  const callerCheck = madeFrom(() => settings().allowedHosts, createCheckCaller);
  const refusals = createNoteRefusals(onProblem, house.nowMs);
  const authenticate = createAuthenticate(house.accessTokens, (request) => refusals.note(callerOf()(request).address));
  const app = createAdminApp({
    tls,
    maxConnections: settings().maxConnections,
    checkCaller: (request) => callerCheck()(request),
    onError,
  });
  addOperationRoutes(app, house, authenticate);
  addPlainRoutes(app, house, authenticate);
  const endStreams = addEventStreamRoute(app, { house, authenticate, heartbeatMs, onError });
  return { app, endStreams };
}
