import { expect, it } from "vitest";
import { readGateway } from "./gateway.ts";

it.each(["mqtt.example.org:1883", "192.0.2.1:8883", "emqx:1883", "a_b.example.org:1"])("%s is one", (text) => {
  const [host, port] = text.split(":");
  expect(readGateway(` ${text} `)).toEqual({ host, port: Number(port) });
});

it.each([
  ["mqtt://a.example.org:1883", /without mqtt/],
  ["[2001:db8::1]:1883", /IPv6/],
  ["2001:db8::1", /IPv6/],
  ["a.example.org", /no port/],
  ["a.example.org:0", /not host:port/],
  ["a.example.org:70000", /not host:port/],
  ["a.example.org:1883/x", /not host:port/],
  ["192.0.2.300:1883", /not host:port/],
  ["a b:1", /not host:port/],
  ["", /not host:port/],
])("%j is none, and it is said why", (text, problem) => {
  expect(readGateway(text)).toEqual({ problem: expect.stringMatching(problem) });
});
