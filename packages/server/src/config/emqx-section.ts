import type { z } from "zod";
import {
  choice,
  duration,
  flag,
  forEmqx,
  list,
  live,
  optionalStructure,
  optionalText,
  secret,
  text,
  textMap,
  whole,
} from "./config-leaf.ts";
import { section } from "./config-section.ts";
import { isSubscriptionTemplate } from "./emqx-placeholders.ts";
import { emqxRulesInput } from "./emqx-rules-input.ts";

const clientId = `\${clientid}`;

/** `brokers.emqx`: an EMQX 5 that Connack sets up, and that asks Connack. */
export const emqxSection = section({
  url: optionalText(
    "Where EMQX's HTTP API is, such as http://127.0.0.1:18083. With it EMQX is the broker: the embedded one stays off unless `brokers.embedded.enabled` is set.",
  ),
  apiKey: live(secret("API key of EMQX (dashboard: System → API Keys), together with `apiSecret`.")),
  apiSecret: live(secret("Secret of the API key.")),
  username: live(optionalText("A user of EMQX's dashboard instead of an API key, together with `password`.")),
  password: live(secret("Password of the dashboard user.")),
  caFile: live(optionalText("CAs, in PEM form, that the certificate of an https `url` is checked with.")),
  timeout: live(duration("10s", "Longest time for one call of EMQX's API, with its whole answer.")),
  connackUrl: forEmqx(
    text(
      "http://127.0.0.1:8003",
      "The listener for brokers (`http.brokers`) as EMQX reaches it. 127.0.0.1 inside a container is the container. Where it is not set it follows `http.brokers.port` and `http.brokers.tls`.",
    ),
  ),
  connackCaFile: forEmqx(
    optionalText(
      "CAs, in PEM form, that EMQX checks our certificate with, for an https `connackUrl`. Without it EMQX checks none.",
    ),
  ),
  requestTimeout: forEmqx(
    duration("5s", "How long EMQX waits for our answer to a CONNECT; the client is refused then."),
  ),
  connectTimeout: forEmqx(duration("5s", "How long EMQX tries to connect to us.")),
  poolSize: forEmqx(whole({ from: 1, to: 1024 }, 8, "Connections to us that each node of EMQX keeps open.")),
  pipelining: forEmqx(
    whole({ from: 1, to: 10_000 }, 100, "Requests that EMQX sends on one connection without waiting for an answer."),
  ),
  position: forEmqx(
    choice(["front", "rear"], "front", "Where our authenticators stand in EMQX's chain: before all others, or after."),
  ),
  otherAuthenticators: forEmqx(
    choice(["keep", "disable"], "keep", "What happens to authenticators that Connack did not set up."),
  ),
  denyAction: forEmqx(
    choice(
      ["ignore", "disconnect"],
      "ignore",
      "A client publishes or subscribes what it may not: EMQX refuses that alone, or cuts the client.",
    ),
  ),
  authorizationCache: forEmqx(
    section({
      enabled: flag(true, "Let EMQX remember per client what it may do."),
      maxSize: whole({ from: 1, to: 1_000_000 }, 32, "Answers that it remembers for one client."),
      ttl: duration("1m", "How long it remembers one."),
    }),
  ),
  jwt: forEmqx(
    section({
      enabled: flag(
        false,
        "Let EMQX check JSON Web Tokens by itself, before it asks Connack. A device that is revoked here gets in there until its token expires, unless EMQX can be told to ban it.",
      ),
      from: choice(["password", "username"], "password", "The field of the CONNECT that holds the token."),
      secret: secret(
        "Shared secret of the tokens' issuer. Without it, `publicKeyFile` and `jwksUrl` that is `credentials.jwt.secret`.",
      ),
      publicKeyFile: optionalText("Public key of the tokens' issuer, in PEM form."),
      jwksUrl: optionalText("Where EMQX gets the issuer's keys as JWKS."),
      verifyClaims: textMap(
        { sub: clientId },
        `Claims that have to be there with exactly this text; \`${clientId}\` and \`\${username}\` stand for what the client says. One of them has to bind the token to the client.`,
      ),
      rules: optionalStructure(
        emqxRulesInput,
        "list of {permission, action, topics}",
        `Rights of clients that EMQX let in with a token without \`acl\`; topics may hold \`${clientId}\` and \`\${username}\`. Where it is not set, everything under \`devices/${clientId}/\`.`,
      ),
    }),
  ),
  events: forEmqx(
    section({
      enabled: flag(true, "Have EMQX tell Connack who connects, is refused, and is cut."),
      deniedTopics: flag(true, "Also what clients may not publish or subscribe."),
    }),
  ),
  autoSubscribe: forEmqx(
    list(
      "list of at most 20 topic filters",
      isSubscriptionTemplate,
      `What EMQX subscribes every client to; \`${clientId}\` and \`\${username}\` stand for what the client says. EMQX asks nobody whether the client may.`,
      [`devices/p2p/${clientId}`],
    ),
  ),
  subscribeMac: live(
    flag(true, "Have EMQX also subscribe a xiaozhi device to `devices/p2p/<MAC>`, once it is connected."),
  ),
  ingest: forEmqx(
    flag(false, "Have EMQX copy what devices publish to `internal/server-ingest`, as xiaozhi gateways expect it."),
  ),
});

/** What stands in `brokers.emqx`. Durations are seconds. */
export type EmqxConfig = z.output<typeof emqxSection>;
