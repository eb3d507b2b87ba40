import type { Role } from "../../operations/operation.ts";
import { accessRoutes } from "./access-routes.ts";
import type { AdminRoute } from "./admin-route.ts";
import { deviceRoutes } from "./device-routes.ts";
import { rightsRoutes } from "./rights-routes.ts";
import { serviceRoutes } from "./service-routes.ts";
import { watchRoutes } from "./watch-routes.ts";

export const apiPrefix = "/api/v1";

/** Every route that runs an operation, by what it is about, in the order of the documentation. Paths without `apiPrefix`. */
export const adminRoutes: Readonly<Record<string, readonly AdminRoute[]>> = {
  Devices: deviceRoutes,
  Services: serviceRoutes,
  Rights: rightsRoutes,
  "Keys, credentials and access tokens": accessRoutes,
  "What happens": watchRoutes,
};

export interface PlainRoute {
  /** With `apiPrefix`, where it is below. */
  path: string;
  /** Absent where no token is needed. */
  role?: Role;
  summary: string;
}

/** What is no operation; all of them answer GET. */
export const eventStreamRoute: PlainRoute = {
  path: `${apiPrefix}/events/stream`,
  role: "viewer",
  summary: "Events as they happen, as server-sent events; `Last-Event-ID` goes on where a stream broke",
};
export const openApiRoute: PlainRoute = { path: `${apiPrefix}/openapi.json`, summary: "This API as OpenAPI 3.1" };
export const metricsRoute: PlainRoute = {
  path: "/metrics",
  role: "viewer",
  summary: "For Prometheus; without a token where http.admin.metricsWithoutToken is set",
};
export const aliveRoute: PlainRoute = { path: "/healthz", summary: "The service runs" };

export const plainRoutes: readonly PlainRoute[] = [eventStreamRoute, openApiRoute, metricsRoute, aliveRoute];
