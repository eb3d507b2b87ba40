/** OpenSSL's code of a failed handshake as a sentence for the operator, with the usual cause. */
export function explainTlsFailure(error: Error & { code?: unknown }): string {
  const code = typeof error.code === "string" ? error.code : "";
  const cause = causes.find(([pattern]) => pattern.test(code))?.[1];
  return cause === undefined ? `TLS: ${code === "" ? error.message : code}` : `TLS: ${cause} (${code})`;
}

const causes: readonly [RegExp, string][] = [
  [/ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_UNKNOWN)$/, "the client does not trust our certificate"],
  [/ALERT_CERTIFICATE_EXPIRED$/, "the client takes our certificate for expired; its clock may be wrong"],
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE$/, "the client has sent no certificate, and one is required"],
  [/(HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/, "what came is not TLS"],
  [/(UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW)$/, "the client offers only TLS before 1.2"],
  [/NO_SHARED_(CIPHER|GROUP)$/, "client and broker have no cipher in common"],
  [/^ECONNRESET$/, "the client has left the handshake"],
];
