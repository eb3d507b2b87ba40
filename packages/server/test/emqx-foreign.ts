// biome-ignore-all lint/suspicious/noTemplateCurlyInString: EMQX's placeholders
import { type EmqxBench, openBench, randomSecret } from "./emqx-commands.ts";

export const database = { mechanism: "password_based", backend: "built_in_database", user_id_type: "username" };

/** As an EMQX that others have set up: something of everything that Connack touches. */
export async function openForeign(): Promise<EmqxBench> {
  const secret = randomSecret();
  const foreign = {
    mechanism: "jwt",
    use_jwks: false,
    algorithm: "hmac-based",
    secret,
    verify_claims: [{ name: "iss", value: "lab" }],
  };
  const bench = await openBench({ authenticators: [database, foreign] });
  bench.secrets.push(secret);
  await bench.change("POST", "/authorization/sources", { type: "built_in_database", enable: true });
  await bench.change("POST", "/authorization/sources/built_in_database/rules/all", {
    rules: [{ topic: "theirs/#", permission: "deny", action: "all" }],
  });
  await bench.change("PUT", "/authorization/settings", {
    no_match: "allow",
    deny_action: "disconnect",
    cache: { enable: true, max_size: 7, ttl: "2m", excludes: ["a/#"] },
  });
  await bench.change("PUT", "/mqtt/auto_subscribe", [{ topic: "theirs/${username}", qos: 1 }]);
  const headers = { authorization: `Bearer ${secret}` };
  await bench.change("POST", "/connectors", { type: "http", name: "theirs", url: bench.connackUrl, headers });
  await bench.change("POST", "/actions", {
    type: "http",
    name: "theirs",
    connector: "theirs",
    parameters: { headers },
  });
  const sql = 'SELECT * FROM "$events/client_connected"';
  await bench.change("POST", "/rules", { id: "theirs", name: "theirs", sql, actions: ["http:theirs"] });
  return bench;
}
