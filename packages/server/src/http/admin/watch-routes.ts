import type { AdminRoute } from "./admin-route.ts";

export const watchRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/events", operation: "audit.query", summary: "Events that were kept, newest first" },
  {
    method: "GET",
    path: "/decisions",
    operation: "audit.query",
    fixed: { types: ["connect"] },
    summary: "Decisions on CONNECTs, newest first; the same refusal again and again is one that counts",
  },
  { method: "GET", path: "/reasons", operation: "audit.reasons", summary: "The reasons of refusals, with the fix" },
  { method: "GET", path: "/config", operation: "config.show", summary: "Every setting and its origin; secrets masked" },
  { method: "GET", path: "/health", operation: "health", summary: "Whether the parts that keep something can" },
  { method: "GET", path: "/status", operation: "status", summary: "Listeners, registry, devices, keys, warnings" },
];
