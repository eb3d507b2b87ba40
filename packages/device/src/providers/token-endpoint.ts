import { type CredentialsProvider, CredentialsRefused } from "../device-credentials.ts";
import { askServer, isTemporary, type ServerAnswer } from "./ask-server.ts";
import { clientProof } from "./client-proof.ts";
import { jwtExpiry } from "./jwt-expiry.ts";
import { printableText } from "./printable-text.ts";
import { requestHeaders } from "./request-headers.ts";
import { optionalText, requiredText } from "./required-text.ts";
import { serviceUrl } from "./service-url.ts";
import type { TokenEndpointOptions } from "./token-endpoint-options.ts";

export type { TokenEndpointOptions } from "./token-endpoint-options.ts";

/** Errors that pass by themselves (RFC 6749 §4.1.2.1, RFC 8628 §3.5). */
const passing = ["temporarily_unavailable", "server_error", "slow_down"];

/**
 * Tokens of an OAuth 2 endpoint: POST with a form, answer with `access_token` and `expires_in` (RFC 6749 §4.4 and §5.1). The
 * token is the password. What the endpoint refuses is `CredentialsRefused`; where it is down or busy, the device asks again.
 * Throws TypeError naming the option that is wrong.
 */
export function tokenEndpoint(options: TokenEndpointOptions): CredentialsProvider {
  const url = serviceUrl("url", options.url, { allowInsecure: options.allowInsecure === true });
  const clientId = optionalText("clientId", options.clientId);
  const deviceId = optionalText("deviceId", options.deviceId) ?? clientId;
  if (deviceId === undefined) throw new TypeError("deviceId or clientId is needed");
  const username = optionalText("username", options.username) ?? deviceId;
  const proof = clientProof(deviceId, options);
  const parameters = checkedParameters(options.parameters);
  const headers = requestHeaders("headers", options.headers);
  return {
    name: `token endpoint ${url.host}`,
    needsClock: proof.needsClock,
    async get(request) {
      const proven = await proof.make(request);
      const form = new URLSearchParams({ grant_type: "client_credentials", ...proven.parameters, ...parameters });
      const question = {
        url,
        headers: {
          ...headers,
          ...proven.headers,
          accept: "application/json",
          "content-type": "application/x-www-form-urlencoded",
        },
        body: form.toString(),
      };
      const { token, expiresIn } = readToken(await askServer(question, request), proven.secrets);
      const ends = [expiresIn === undefined ? undefined : request.nowSeconds + expiresIn, jwtExpiry(token)];
      const expiresAt = Math.min(...ends.filter((end) => end !== undefined));
      const credentials = { clientId: clientId ?? request.clientId ?? deviceId, username, password: token };
      return Number.isFinite(expiresAt) ? { ...credentials, expiresAt } : credentials;
    },
  };
}

function checkedParameters(given: unknown): Record<string, string> {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null) throw new TypeError("parameters has to be an object");
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) parameters[name] = requiredText(`parameters.${name}`, value);
  return parameters;
}

/** RFC 6749 §5.1 and §5.2; throws `CredentialsRefused`, or Error for what passes. */
function readToken(answer: ServerAnswer, secrets: readonly string[]): { token: string; expiresIn: number | undefined } {
  const { status, json = {} } = answer;
  if (status !== 200) {
    const code = printableText(json["error"], secrets);
    const description = printableText(json["error_description"], secrets);
    const said = [code, description && `(${description})`].filter(Boolean).join(" ") || "no reason given";
    const sentence = `HTTP ${status}, ${said}`;
    throw isTemporary(status) || passing.includes(code) ? new Error(sentence) : new CredentialsRefused(sentence);
  }
  const { access_token: token, expires_in: given } = json;
  if (typeof token !== "string" || token === "") throw new CredentialsRefused("the answer has no access_token");
  const expiresIn = typeof given === "string" && /^\d{1,10}$/.test(given) ? Number(given) : (given ?? undefined);
  if (expiresIn === undefined) return { token, expiresIn };
  if (typeof expiresIn !== "number" || !(expiresIn > 0 && expiresIn < 1e10)) {
    throw new CredentialsRefused("the answer has an expires_in that is no number of seconds");
  }
  return { token, expiresIn };
}
