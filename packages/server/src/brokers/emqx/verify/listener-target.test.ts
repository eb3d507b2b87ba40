import { describe, expect, it } from "vitest";
import { readListener, targetFromUrl } from "./listener-target.ts";

describe("a listener as EMQX tells it", () => {
  const tcp = { id: "tcp:default", type: "tcp", bind: "0.0.0.0:1883", running: true, enable: true };

  it.each([
    [tcp, "broker.lan", "mqtt://broker.lan:1883"],
    [{ ...tcp, bind: "1883" }, "broker.lan", "mqtt://broker.lan:1883"],
    [{ ...tcp, bind: ":1883" }, "127.0.0.1", "mqtt://127.0.0.1:1883"],
    [{ ...tcp, bind: "[::]:1883" }, "[::1]", "mqtt://[::1]:1883"],
    [{ ...tcp, bind: "192.0.2.7:1884" }, "broker.lan", "mqtt://192.0.2.7:1884"],
    [{ ...tcp, bind: "127.0.0.1:1883" }, "localhost", "mqtt://127.0.0.1:1883"],
    [{ ...tcp, type: "ssl", bind: "0.0.0.0:8883" }, "broker.lan", "mqtts://broker.lan:8883"],
    [{ ...tcp, type: "ws", bind: "0.0.0.0:8083", websocket: { mqtt_path: "/m" } }, "b", "ws://b:8083/m"],
    [{ ...tcp, type: "wss", bind: "0.0.0.0:8084" }, "b", "wss://b:8084/mqtt"],
    [{ ...tcp, type: "ssl", bind: "8883", ssl_options: { fail_if_no_peer_cert: false } }, "b", "mqtts://b:8883"],
  ])("%j at %s is reached at %s", (listener, host, url) => {
    expect(readListener(listener, host)).toEqual({ name: "tcp:default", url });
  });

  it.each([
    [{ ...tcp, enable: false }, "it is disabled"],
    [{ ...tcp, running: false }, "it does not run"],
    [{ ...tcp, type: "quic" }, "listeners of the type quic are not attacked"],
    [{ ...tcp, proxy_protocol: true }, "it expects a proxy before it (proxy_protocol)"],
    [{ ...tcp, type: "ssl", ssl_options: { fail_if_no_peer_cert: true } }, "it wants a client certificate"],
    [{ ...tcp, bind: "127.0.0.1:1883" }, "it listens on 127.0.0.1 of EMQX's own machine, broker.lan"],
    [{ ...tcp, bind: "somewhere" }, 'its address is not readable: "somewhere"'],
  ])("%j is not attacked: %s", (listener, why) => {
    // Nobody comes to one that is disabled.
    const isUnproven = listener.enable ? { isUnproven: true } : {};
    expect(readListener(listener, "broker.lan")).toEqual({ name: "tcp:default", why, ...isUnproven });
  });
});

describe("a listener as somebody writes it", () => {
  it.each([
    ["mqtt://broker.lan", "mqtt://broker.lan:1883"],
    ["tcp://10.0.0.1:1884", "mqtt://10.0.0.1:1884"],
    ["mqtts://broker.lan", "mqtts://broker.lan:8883"],
    ["ws://broker.lan:8083", "ws://broker.lan:8083/mqtt"],
    ["wss://broker.lan/ws", "wss://broker.lan:443/ws"],
  ])("%s is %s", (text, url) => {
    expect(targetFromUrl(text)).toEqual({ name: url, url });
  });

  it.each(["tcp:default", "ws:default", "all", "http://broker.lan", "broker.lan:1883"])(
    "%s is no URL of MQTT",
    (text) => {
      expect(targetFromUrl(text)).toBeUndefined();
    },
  );
});
