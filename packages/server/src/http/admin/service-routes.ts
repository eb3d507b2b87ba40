import { type AdminRoute, pathTo } from "./admin-route.ts";

export const serviceRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/services", operation: "service.list", summary: "Services, in the order of their names" },
  {
    method: "POST",
    path: "/services",
    operation: "service.add",
    madeAt: ({ service }) => pathTo("services", service?.name),
    summary: "Register a service; its password is in the answer, once",
  },
  { method: "GET", path: "/services/{name}", operation: "service.show", summary: "One service, and its rights" },
  { method: "DELETE", path: "/services/{name}", operation: "service.remove", summary: "Remove a service" },
  {
    method: "POST",
    path: "/services/{name}/rotate",
    operation: "service.rotate",
    summary: "Make a new password; it is in the answer, once",
  },
  {
    method: "POST",
    path: "/services/{name}/disable",
    operation: "service.disable",
    summary: "Refuse a service, and cut it, until it is enabled again",
  },
  {
    method: "POST",
    path: "/services/{name}/enable",
    operation: "service.enable",
    summary: "Let a disabled service in",
  },
  {
    method: "POST",
    path: "/services/{name}/kick",
    operation: "service.kick",
    summary: "End the connections of a service; it may connect again",
  },
];
