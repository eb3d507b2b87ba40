import { describe, expect, it } from "vitest";
import { checkServiceName } from "./service-name.ts";

describe("checkServiceName", () => {
  it.each(["backend", "backend-1", "Küche", "a b", "mqtt_gateway", "a.b@c"])("takes %j", (name) => {
    expect(() => checkServiceName(name)).not.toThrow();
  });

  it.each([
    "02:00:00:00:00:01",
    "02_00_00_00_00_01",
    "020000000001",
    "AA-BB-CC-DD-EE-FF",
    "g@@@x",
    "a/b",
    "a#",
    "+",
    "a\nb",
    "a\u0000",
    "\ud800",
    "\u0085",
    " a",
    "a ",
    "$SYS",
    "cli-1",
    "back\u202eend",
    "back\u2028end",
    "back\u200bend",
    "back\u00adend",
    "back\u3164end",
    "Ku\u0308che",
    "",
  ])("refuses %j", (name) => {
    expect(() => checkServiceName(name)).toThrow(expect.objectContaining({ code: "bad_service_name" }));
  });
});
