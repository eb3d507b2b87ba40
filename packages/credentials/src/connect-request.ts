/**
 * What one MQTT CONNECT tells us, whichever broker passed it on. Everything in it is a claim of the peer.
 *
 * All fields are text; bytes that are not UTF-8 are refused before a ConnectRequest exists (MQTT 5 §1.5.4).
 * A missing user name or password is the empty string, as EMQX sends it.
 */
export interface ConnectRequest {
  clientId: string;
  /** The client sent none and the broker made this one up: it belongs to this connection alone. */
  clientIdAssigned?: true;
  username: string;
  password: string;
  /** Textual IP address of the device, as the broker saw it. */
  peerHost?: string;
  /** 3 = MQTT 3.1, 4 = MQTT 3.1.1, 5 = MQTT 5. */
  protocolVersion?: 3 | 4 | 5;
  /** The listener the device used, in the broker's own words, for the operator only. */
  listener?: string;
  /** Common name of a verified client certificate. Set only for TLS we verified, or by a broker that proved itself. */
  certificateCommonName?: string;
  /** Distinguished name of the same certificate, under the same condition. */
  certificateSubject?: string;
}

/** Longest texts a CONNECT may carry here; MQTT itself allows 65 535 bytes each. */
export const connectLimits = { clientId: 512, username: 2048, password: 8192 } as const;
