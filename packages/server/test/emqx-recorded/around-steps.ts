// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import type { Replay } from "./replay.ts";

/** What happened around the recorded steps and is not among them, by flow and step: before that step. */
type Around = Record<string, (replay: Replay) => Promise<unknown> | unknown>;

export const around: Around = {
  "01-login-and-keys/33": (replay) => replay.login(),
  "01-login-and-keys/88": (replay) => replay.login(),
  "03-authentication/52": (replay) => replay.stopAuth(),
  "03-authentication/54": ({ node }) => node.healthCheck(),
  "03-authentication/57": (replay) => replay.startAuth(),
  "03-authentication/58": ({ node }) => node.healthCheck(),
  "04-authorization/41": (replay) => replay.publish("z1", "t/1", 0),
  "05-auto-subscribe/81": (replay) => replay.clients.get("nope")?.leave(),
  "07-clients-and-bans/5": (replay) => replay.clients.get("dev-off")?.leave(),
  "07-clients-and-bans/218": () => new Promise((resolve) => setTimeout(resolve, 2100)),
  "12b-emqx-conf-authentication/6": (replay) => replay.putSettings({ no_match: "deny" }),
  "12b-emqx-conf-authentication/22": (replay) => replay.putSettings({ no_match: "deny" }),
  "13-details/18": (replay) => replay.slowAuth(1000),
  "13-details/20": (replay) => replay.slowAuth(1000),
  "13-details/22": (replay) => replay.slowAuth(0),
  "01-login-and-keys/87": () => new Promise((resolve) => setTimeout(resolve, 2100)),
};

/** What flow 12b wrote into emqx.conf. */
export const fileAuthentication = (port: number) => [
  {
    mechanism: "password_based",
    backend: "http",
    method: "post",
    url: `http://127.0.0.1:${port}/from-conf`,
    headers: { "content-type": "application/json" },
    body: { clientid: "${clientid}", username: "${username}", password: "${password}" },
    pool_size: 2,
  },
];
