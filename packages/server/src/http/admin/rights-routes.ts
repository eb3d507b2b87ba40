import type { AdminRoute } from "./admin-route.ts";

export const rightsRoutes: readonly AdminRoute[] = [
  {
    method: "GET",
    path: "/devices/{id}/acl",
    operation: "acl.show",
    summary: "The rights of a device as a CONNECT would get them, each with its origin",
  },
  {
    method: "PATCH",
    path: "/devices/{id}/acl",
    operation: "acl.set",
    without: ["group"],
    summary: "Change a device's own rights",
  },
  {
    method: "POST",
    path: "/devices/{id}/acl/test",
    operation: "acl.test",
    summary: "Whether a device may publish or subscribe to a topic, and which rule says so",
  },
  { method: "GET", path: "/services/{id}/acl", operation: "acl.show", summary: "The rights of a service" },
  {
    method: "PATCH",
    path: "/services/{id}/acl",
    operation: "acl.set",
    role: "admin",
    without: ["group"],
    summary: "Change the rights of a service",
  },
  {
    method: "POST",
    path: "/services/{id}/acl/test",
    operation: "acl.test",
    summary: "Whether a service may publish or subscribe to a topic, and which rule says so",
  },
  { method: "GET", path: "/groups", operation: "acl.groups", summary: "Groups that have rights" },
  { method: "GET", path: "/groups/{group}/acl", operation: "acl.group", summary: "The rights of a group" },
  {
    method: "PATCH",
    path: "/groups/{group}/acl",
    operation: "acl.set",
    without: ["id"],
    summary: "Change the rights of a group",
  },
  {
    method: "POST",
    path: "/groups/{group}/kick",
    operation: "device.kick",
    without: ["id"],
    summary: "End the connections of all devices of a group",
  },
  {
    method: "GET",
    path: "/acl/who",
    operation: "acl.who",
    summary: "Who may publish to a topic or read it; goes through the registry in stretches, by `after`",
  },
];
