import type { CredentialsRequest } from "../device-credentials.ts";
import { headerValue } from "./request-headers.ts";
import { optionalText } from "./required-text.ts";
import type { TokenEndpointOptions } from "./token-endpoint-options.ts";

/** What a device shows to be itself. */
interface ProvenClient {
  parameters: Record<string, string>;
  headers: Record<string, string>;
  /** Never shown, also where the endpoint sends them back. */
  secrets: string[];
}

export interface ClientProof {
  needsClock: boolean;
  make(request: CredentialsRequest): Promise<ProvenClient>;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/** The one way that the options choose; none is a way too (a client certificate, headers of one's own). */
export function clientProof(deviceId: string, options: TokenEndpointOptions): ClientProof {
  const clientSecret = optionalText("clientSecret", options.clientSecret);
  const bearer = optionalText("bearer", options.bearer);
  const { assertion, clientSecretIn = "header" } = options;
  if ([clientSecret, bearer, assertion].filter((each) => each !== undefined).length > 1) {
    throw new TypeError("only one of clientSecret, bearer and assertion can be used");
  }
  if (clientSecretIn !== "header" && clientSecretIn !== "body") {
    throw new TypeError("clientSecretIn has to be header or body");
  }
  const client_id = deviceId;
  if (assertion !== undefined) return assertionProof(deviceId, assertion);
  if (clientSecret !== undefined && clientSecretIn === "header") {
    const basic = btoa(`${formText(deviceId)}:${formText(clientSecret)}`);
    return always({ parameters: {}, headers: { authorization: `Basic ${basic}` }, secrets: [clientSecret, basic] });
  }
  if (clientSecret !== undefined) {
    const parameters = { client_id, client_secret: clientSecret };
    return always({ parameters, headers: {}, secrets: [clientSecret] });
  }
  if (bearer === undefined) return always({ parameters: { client_id }, headers: {}, secrets: [] });
  const authorization = `Bearer ${headerValue("bearer", bearer)}`;
  return always({ parameters: { client_id }, headers: { authorization }, secrets: [bearer] });
}

function always(proven: ProvenClient): ClientProof {
  return { needsClock: false, make: () => Promise.resolve(proven) };
}

function assertionProof(client_id: string, assertion: NonNullable<TokenEndpointOptions["assertion"]>): ClientProof {
  const isFunction = typeof assertion === "function";
  if (!isFunction && typeof assertion?.get !== "function") {
    throw new TypeError("assertion has to be a provider such as keyPairJwt, or a function");
  }
  return {
    needsClock: isFunction ? false : assertion.needsClock,
    async make(request) {
      const jwt = isFunction ? await assertion(request) : (await assertion.get(request)).password;
      if (typeof jwt !== "string" || jwt === "") throw new TypeError("assertion gave no token");
      const parameters = { client_id, client_assertion_type: assertionType, client_assertion: jwt };
      return { parameters, headers: {}, secrets: [jwt] };
    },
  };
}

/** As in a form, which RFC 6749 §2.3.1 wants before Basic; ASCII, so that `btoa` takes it. */
function formText(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
