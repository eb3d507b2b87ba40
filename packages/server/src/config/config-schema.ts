import { z } from "zod";
import { groupRightsInput } from "../authz/rights-input.ts";
import {
  choice,
  duration,
  flag,
  isHostName,
  isNetwork,
  isOrigin,
  list,
  live,
  map,
  numberChoice,
  optionalDuration,
  optionalText,
  optionalTextOrList,
  optionalWhole,
  secret,
  structure,
  text,
  whole,
} from "./config-leaf.ts";
import { liveSection, section } from "./config-section.ts";
import { emqxSection } from "./emqx-section.ts";

const port = { from: 0, to: 65_535 };
const rate = { from: 1, to: 1_000_000_000 };

/** TLS of a listener for HTTP. */
const httpTls = {
  certificateFile: optionalText(
    "Certificate in PEM form, with its chain. With it and `keyFile` this listener speaks HTTPS only. A renewed file is taken within a minute.",
  ),
  keyFile: optionalText("Private key of the certificate, in PEM form, not encrypted."),
};

/** Everything that can be configured, once: reading, checking, showing and docs/configuration.md all come from here. */
export const configSchema = z.strictObject({
  dataDir: text("./connack-data", "Folder of the registry and the keys; relative to the working directory.", {
    alsoEnvironment: "CONNACK_DATA",
  }),
  http: section({
    brokers: section({
      host: text("127.0.0.1", "Address the listener for brokers binds to. Only this machine reaches the default."),
      port: whole(port, 8003, "Port of the listener for brokers; 0 takes a free one."),
      allowedHosts: live(
        list(
          "list of host names",
          isHostName,
          "Names this service is called by, beside localhost and IP addresses. A request without bearer token and with another name in its Host header is refused.",
        ),
      ),
      allowFrom: live(
        list(
          "list of IP addresses or CIDR networks",
          isNetwork,
          "Brokers that may ask /mqtt/auth without bearer token, beside this machine. Whoever is in it can try credentials.",
        ),
      ),
      maxConnections: whole({ from: 1, to: 1_000_000 }, 4096, "Open connections, at most."),
      trustedProxies: live(
        list(
          "list of IP addresses or CIDR networks",
          isNetwork,
          "Proxies in front of this listener: what they say in X-Forwarded-For counts as the caller's address.",
        ),
      ),
      tls: section(httpTls),
    }),
    admin: section({
      enabled: flag(true, "Listen for people and programs: admin API, events, metrics."),
      host: text("127.0.0.1", "Address the admin listener binds to. Only this machine reaches the default."),
      port: whole(port, 8004, "Port of the admin listener; 0 takes a free one."),
      allowedHosts: live(
        list(
          "list of host names",
          isHostName,
          "Names the admin listener is called by, beside localhost and IP addresses. A request with another name in its Host header is refused.",
        ),
      ),
      metricsWithoutToken: live(
        flag(false, "Answer /metrics to callers without a token. It tells names of no device."),
      ),
      maxConnections: whole({ from: 1, to: 1_000_000 }, 256, "Open connections, at most."),
      trustedProxies: live(
        list(
          "list of IP addresses or CIDR networks",
          isNetwork,
          "Proxies in front of this listener: what they say in X-Forwarded-For counts as the caller's address.",
        ),
      ),
      tls: section(httpTls),
    }),
  }),
  audit: liveSection({
    keepFor: duration("30d", "How long an event is kept after the last time it happened."),
    maxRows: whole({ from: 1000, to: 1_000_000_000 }, 5_000_000, "Events that are kept, at most; the oldest go first."),
    maxBytes: whole(
      { from: 16_777_216, to: 1_000_000_000_000 },
      2_147_483_648,
      "Size of the audit on disk, at most, in bytes; the oldest events go first.",
    ),
  }),
  brokers: section({
    denyStatus: live(
      numberChoice(
        [200, 401],
        200,
        "HTTP status of a refusal on the plain /mqtt/auth. EMQX 5 needs 200; 401 is the contract of older guides.",
      ),
    ),
    embedded: section({
      enabled: flag(true, "Run the embedded MQTT broker, for development and small sites."),
      host: text("127.0.0.1", "Address the embedded broker binds to. Only this machine reaches the default."),
      tcp: flag(true, "Listen for MQTT over plain TCP."),
      port: whole(port, 1883, "Port of MQTT over plain TCP; 0 takes a free one."),
      webSocket: section({
        enabled: flag(true, "Listen for MQTT over plain WebSocket."),
        port: whole(port, 8083, "Port of MQTT over plain WebSocket; 0 takes a free one."),
        path: text("/mqtt", "Path of MQTT over WebSocket, plain and with TLS."),
        allowedOrigins: list(
          "list of origins such as https://app.example.org, or *",
          isOrigin,
          "Origins of web pages that may connect with WebSocket, plain and with TLS. Pages of the host name the browser connects to, and of its own machine, need not be listed; * allows all.",
        ),
      }),
      tls: section({
        certificateFile: optionalText(
          "Certificate in PEM form, with its chain. With it and `keyFile` the broker also listens with TLS. A renewed file is taken within a minute.",
        ),
        keyFile: optionalText("Private key of the certificate, in PEM form, not encrypted."),
        clientCaFile: optionalText(
          "CAs, in PEM form, that client certificates are checked with. Without it none is asked for.",
        ),
        requireClientCertificate: flag(false, "Turn away clients without a certificate of `clientCaFile`."),
        port: whole(port, 8883, "Port of MQTT over TLS; 0 takes a free one."),
        webSocketPort: whole(port, 8084, "Port of MQTT over WebSocket with TLS; 0 takes a free one."),
      }),
      denyAction: live(
        choice(
          ["ignore", "disconnect"],
          "ignore",
          "A client publishes or subscribes what it may not: refuse that alone, as EMQX does by default, or cut the client.",
        ),
      ),
      maxConnections: live(whole({ from: 1, to: 1_000_000 }, 1000, "Connected devices, at most.")),
      maxPacketBytes: whole({ from: 1024, to: 268_435_460 }, 262_144, "Longest MQTT packet taken, in bytes."),
    }),
    emqx: emqxSection,
  }),
  credentials: liveSection({
    xiaozhiHmac: section({
      enabled: flag(true, "Accept the signed credentials of xiaozhi devices."),
      key: secret("Signature key, the same text as server.mqtt_signature_key of the xiaozhi server.", {
        alsoEnvironment: "MQTT_SIGNATURE_KEY",
      }),
      acceptLooseUsername: flag(false, "Accept user names that are not canonical Base64 of a JSON object."),
      acceptAnyDeviceId: flag(false, "Accept a second part of the client id that is not a MAC address."),
      acceptEmptyParts: flag(
        false,
        "Accept a client id whose group or third part is empty; the signature is still required.",
      ),
      acceptUnsigned: flag(
        false,
        "Let devices that were added with --scheme xiaozhi-unsigned connect with a client id of two parts and no signature, as old gateways do. That is no proof at all; see docs/xiaozhi-credentials.md.",
      ),
    }),
    jwt: section({
      enabled: flag(true, "Accept JSON Web Tokens as password."),
      secret: secret("Shared secret of the tokens' issuer, for the HS algorithms."),
      secretEncoding: choice(
        ["text", "base64"],
        "text",
        "How the secret is written: its own text, or standard Base64.",
      ),
      algorithm: choice(["HS256", "HS384", "HS512"], "HS256", "Algorithm of the shared secret, and no other."),
      keyFiles: list("list of file names", () => true, "Public keys of issuers: PEM, JWK or JWKS files."),
      issuer: optionalText("Required iss of a token."),
      audience: optionalTextOrList("Required aud of a token; of a list, one is enough."),
      requiredClaims: map("Claims that have to be there with exactly this value."),
      bindTo: section({
        username: optionalText(`Template that has to give the MQTT user name, such as \${claims.mac_address|hex}.`),
        clientId: optionalText(`Template that has to give the MQTT client id, such as \${claims.sub}.`),
      }),
      identity: text(`\${claims.sub}`, "Template of the device's identity, from claims only."),
      leeway: duration("30s", "Difference between clocks that exp, nbf and iat may show."),
      maxLifetime: optionalDuration("Longest time from iat to exp; such a token needs both."),
      requireExpiry: flag(true, "Refuse tokens without exp."),
      refuseFutureIat: flag(true, "Refuse tokens whose iat is in the future."),
    }),
    password: section({ enabled: flag(true, "Accept user name and password of registered devices.") }),
    clientCertificate: section({
      enabled: flag(false, "Accept verified TLS client certificates."),
      identity: choice(["common name", "subject"], "common name", "What of the certificate names the device."),
    }),
    allowWeakKey: flag(
      false,
      "Start with a key that is publicly known, too short or too easy to guess. For moving an existing fleet, not for good.",
    ),
  }),
  devices: liveSection({
    enrolment: choice(
      ["enrol", "approve", "refuse"],
      "enrol",
      "A device with a good credential that is not registered yet: take it in, keep it waiting for approval, or refuse it.",
    ),
    enrolmentPerMinute: whole(rate, 6000, "New devices taken in per minute, at most."),
    enrolmentPerMinuteAndGroup: whole(rate, 3000, "The same for one group of devices."),
    goOnWithoutStoreFor: duration(
      "15m",
      "How long known devices may go on connecting, with a client id they have used before, while the registry cannot be read; 0 = not at all.",
    ),
  }),
  acl: liveSection({
    groups: structure(
      groupRightsInput,
      "mapping of group names to {profile, rules}",
      "Rights of groups: a profile, and rules that come before it. Rights of single devices, and of groups that are not here: `connack acl set`.",
    ),
  }),
  log: section({
    level: live(choice(["trace", "debug", "info", "warn", "error"], "info", "Least severity that is logged.")),
    format: choice(
      ["auto", "json", "pretty"],
      "auto",
      "One JSON object per line, or text for people; auto looks for a terminal.",
    ),
  }),
  xiaozhi: liveSection({
    configFile: text(
      "data/.config.yaml",
      "Configuration of a xiaozhi server beside this one. Only read, and only if it is there.",
    ),
    gateway: section({
      host: optionalText("Where devices reach MQTT, as the xiaozhi server tells them. For information only."),
      port: optionalWhole(port, "Its port. For information only."),
      udpPort: optionalWhole(port, "Its UDP port for audio. For information only."),
    }),
  }),
});

/** The whole configuration after defaults. Durations are seconds. */
export type Config = z.output<typeof configSchema>;
