import { type AdminRoute, pathTo } from "./admin-route.ts";

export const deviceRoutes: readonly AdminRoute[] = [
  { method: "GET", path: "/devices", operation: "device.list", summary: "Devices, in the order of their ids" },
  {
    method: "POST",
    path: "/devices",
    operation: "device.add",
    madeAt: ({ device }) => pathTo("devices", device?.id),
    summary: "Add a device",
  },
  { method: "GET", path: "/devices/{id}", operation: "device.show", summary: "One device" },
  { method: "PATCH", path: "/devices/{id}", operation: "device.set", summary: "Change what a device may use" },
  {
    method: "DELETE",
    path: "/devices/{id}",
    operation: "device.remove",
    summary: "Forget a device; it does not enrol again by itself",
  },
  {
    method: "POST",
    path: "/devices/{id}/approve",
    operation: "device.approve",
    summary: "Let a device in that waits for approval",
  },
  {
    method: "POST",
    path: "/devices/{id}/disable",
    operation: "device.disable",
    summary: "Refuse a device, and cut it, until it is enabled again",
  },
  { method: "POST", path: "/devices/{id}/enable", operation: "device.enable", summary: "Let a disabled device in" },
  { method: "POST", path: "/devices/{id}/revoke", operation: "device.revoke", summary: "Refuse a device for good" },
  {
    method: "POST",
    path: "/devices/{id}/kick",
    operation: "device.kick",
    without: ["group"],
    summary: "End the connections of a device; it may connect again",
  },
  {
    method: "GET",
    path: "/devices/{id}/timeline",
    operation: "device.timeline",
    summary: "What happened to a device, and what that means",
  },
];
