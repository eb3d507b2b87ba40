import { describe, expect, it } from "vitest";
import { parseEndpoint } from "./parse-endpoint.ts";

describe("parseEndpoint", () => {
  it.each([
    ["mqtt.example.org:1883", "mqtt.example.org", 1883],
    ["192.0.2.7:1884", "192.0.2.7", 1884],
    ["mqtt.example.org", "mqtt.example.org", 8883],
    ["[2001:db8::1]:1883", "2001:db8::1", 1883],
    ["[2001:db8::1]", "2001:db8::1", 8883],
    [" mqtt://mqtt.example.org:1883/ ", "mqtt.example.org", 1883],
  ])("%s", (text, host, port) => expect(parseEndpoint(text)).toEqual({ host, port }));

  it.each(["", ":1883", "a:b", "a:99999", "a:1:2", "2001:db8::1", "a b:1883", "[a", "mqtt://", "a/b:1"])(
    "%s is none",
    (text) => expect(parseEndpoint(text)).toBeUndefined(),
  );
});
