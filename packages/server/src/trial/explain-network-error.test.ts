import { describe, expect, it } from "vitest";
import type { BrokerTarget } from "./broker-target.ts";
import { explainNetworkError } from "./explain-network-error.ts";
import { explainNoConnack } from "./explain-no-connack.ts";

const plain: BrokerTarget = {
  url: "mqtt://broker.example:1883",
  shown: "mqtt://broker.example:1883",
  host: "broker.example",
  port: 1883,
  isTls: false,
  isWebSocket: false,
  protocolVersion: 4,
  timeoutSeconds: 10,
};
const secure: BrokerTarget = { ...plain, isTls: true };
const failing = (code: string, message = "no") => Object.assign(new Error(message), { code });

describe("explainNetworkError", () => {
  it.each([
    ["ENOTFOUND", plain, /^No address is known for broker\.example\.$/],
    ["EAI_AGAIN", plain, /^The name server does not answer/],
    ["ECONNREFUSED", plain, /^Nothing listens at broker\.example:1883/],
    ["ETIMEDOUT", plain, /within 10 s: a firewall/],
    ["EHOSTUNREACH", plain, /no route/],
    ["ENETUNREACH", plain, /no route/],
    ["ERR_SSL_WRONG_VERSION_NUMBER", secure, /does not speak TLS/],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", secure, /not signed by a CA that this system trusts/],
    ["SELF_SIGNED_CERT_IN_CHAIN", { ...secure, tls: { ca: "x" } }, /not signed by the CA of --ca/],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", secure, /not signed by/],
    ["CERT_HAS_EXPIRED", secure, /has expired/],
    ["CERT_NOT_YET_VALID", secure, /not valid yet/],
    ["ERR_TLS_CERT_ALTNAME_INVALID", secure, /other names than broker\.example/],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", secure, /wants a certificate of the device/],
    [
      "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA",
      { ...secure, tls: { cert: "x", key: "y" } },
      /not take the certificate of --cert/,
    ],
    ["ECONNRESET", secure, /in the middle of the TLS handshake/],
    ["ECONNRESET", plain, /closed from there at once/],
  ] as const)("%s", (code, target, sentence) => {
    const { sentence: said, next } = explainNetworkError(failing(code), target);
    expect(said).toMatch(sentence);
    expect(next).toMatch(/\S/);
  });

  it("where all addresses failed, the first tells", () => {
    const error = new AggregateError([failing("ECONNREFUSED"), failing("ENETUNREACH")]);
    expect(explainNetworkError(error, plain).sentence).toContain("Nothing listens");
  });

  it("what it does not know is told with its code", () => {
    expect(explainNetworkError(failing("EODD", "odd thing."), plain).sentence).toBe("odd thing (EODD).");
  });

  it("on this machine it points at Connack's own broker", () => {
    const here = { ...plain, host: "127.0.0.1" };
    expect(explainNetworkError(failing("ECONNREFUSED"), here).next).toContain("connack status");
    expect(explainNetworkError(failing("ECONNREFUSED"), plain).next).not.toContain("connack status");
  });
});

describe("explainNoConnack", () => {
  it.each([
    ["no answer to CONNECT within 10 s", /no CONNACK came within 10 s/],
    ["the connection was closed before an answer to CONNECT", /closed the connection instead of an answer/],
    ["Invalid header flag bits, must be 0x0 for connack packet", /does not speak MQTT/],
  ])("%s", (message, sentence) => {
    expect(explainNoConnack(new Error(message), plain).sentence).toMatch(sentence);
  });

  it("a code of network or TLS tells more than the text", () => {
    const error = failing("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "packet unknown");
    expect(explainNoConnack(error, secure).sentence).toContain("wants a certificate");
  });
});
