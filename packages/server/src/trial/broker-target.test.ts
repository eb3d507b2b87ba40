import { describe, expect, it } from "vitest";
import { ca, filesOf, newClient } from "../brokers/embedded/testing/lab-certificates.ts";
import { UsageError } from "../commands/command.ts";
import { readBrokerTarget } from "./broker-target.ts";

const read = (url: string, options: Record<string, string> = {}) => readBrokerTarget({ args: [url], options }, 10);
const complaint = (url: string, options: Record<string, string> = {}): string => {
  try {
    read(url, options);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return "";
};

describe("readBrokerTarget", () => {
  it.each([
    ["mqtt://localhost", "localhost", 1883],
    ["mqtts://broker.example", "broker.example", 8883],
    ["ws://broker.example/mqtt", "broker.example", 80],
    ["wss://broker.example/mqtt", "broker.example", 443],
    ["mqtt://[::1]:1884", "::1", 1884],
    ["mqtt://10.0.0.1:1885/", "10.0.0.1", 1885],
  ])("%s", (url, host, port) => {
    expect(read(url)).toMatchObject({ host, port, protocolVersion: 4, timeoutSeconds: 10 });
  });

  it("shows a URL without its query, where tokens travel", () => {
    expect(read("ws://h:81/mqtt?token=abc").shown).toBe("ws://h:81/mqtt");
  });

  it.each([
    ["localhost:1883", "begin with mqtt://"],
    ["localhost", "begin with mqtt://"],
    ["", "begin with mqtt://"],
    ["tcp://localhost:1883", "mqtt://localhost:1883"],
    ["ssl://localhost:8883", "mqtts://localhost:8883"],
    ["http://localhost", "begin with mqtt://"],
    ["mqtt://", "no host"],
    ["mqtt://h:99999", "begin with mqtt://"],
    ["mqtt://h:0", "port 0"],
    ["mqtt://h/topic", "ends with the port"],
    ["mqtt://h?x=1", "ends with the port"],
  ])("%s is none", (url, words) => {
    expect(complaint(url)).toContain(words);
  });

  it("a password in the URL is refused and not repeated", () => {
    const said = complaint("mqtt://user:s3cretpassword@h");
    expect(said).toContain("--password-file");
    expect(said).not.toMatch(/s3cret|user:/);
  });

  it("files of TLS have to be there, fit, and mean something", () => {
    const client = newClient(ca, "sensor-1");
    const other = newClient(ca, "sensor-2");
    const [caFile = "", cert = "", key = "", otherKey = "", text = ""] = filesOf(
      ca.certificate,
      client.certificate,
      client.key,
      other.key,
      "no PEM",
    );
    expect(read("mqtts://h", { ca: caFile, cert, key }).tls).toEqual({
      ca: ca.certificate,
      cert: client.certificate,
      key: client.key,
    });
    expect(complaint("mqtt://h", { ca: caFile })).toContain("use mqtts://");
    expect(complaint("ws://h", { ca: caFile })).toContain("use wss://");
    expect(complaint("mqtts://h", { ca: "/nowhere/ca.crt" })).toContain("--ca: /nowhere/ca.crt does not exist");
    expect(complaint("mqtts://h", { ca: text })).toContain("--ca holds no certificate");
    expect(complaint("mqtts://h", { cert })).toContain("--cert and --key go together");
    expect(complaint("mqtts://h", { cert, key: otherKey })).toContain("--key holds no private key");
  });

  it("--timeout has bounds, --mqtt 5 is 5", () => {
    expect(complaint("mqtt://h", { timeout: "0" })).toContain("--timeout");
    expect(complaint("mqtt://h", { timeout: "11m" })).toContain("--timeout");
    expect(read("mqtt://h", { timeout: "2s", mqtt: "5" })).toMatchObject({ timeoutSeconds: 2, protocolVersion: 5 });
  });
});
