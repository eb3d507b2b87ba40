/** What a throw-away device connects with. `jwt-emqx`: a token that EMQX checks by itself. */
export const lentKinds = ["xiaozhi-hmac", "jwt", "password", "jwt-emqx"] as const;
export type LentKind = (typeof lentKinds)[number];

/** What stands in a CONNECT, and what kind of credential that is. */
export interface Login {
  kind: LentKind;
  clientId: string;
  username: string;
  password: string;
}

/** A throw-away device: real credentials, made with the real keys, for an identity that nobody else has. */
export interface LentDevice extends Login {
  /** The identity that the credential proves. */
  id: string;
  /** It may publish and subscribe to everything below this, e.g. `devices/verify-0a…`. */
  branch?: string;
  /** Topics it may read: where a xiaozhi device is answered, by client id and by MAC. */
  inbox?: { byClientId: string; byMac: string };
  /** The same device with a credential that is over. */
  expired?: Login;
  /** The same device with a token for somebody else; absent where no audience is wanted. */
  wrongAudience?: Login;
}

/** What is lent for one listener and one version of MQTT. */
export interface LentLane {
  /** Each may read and write all that is `watched`, and nothing else. */
  services: readonly Login[];
  /** Devices whose topics the service may use. */
  watched: readonly LentDevice[];
  /** Devices that only attack. */
  others: readonly LentDevice[];
}

/** Throw-away devices for one run. Whatever happens to it, they end with the lease. */
export interface Loan {
  lease: string;
  /** ISO 8601. */
  until: string;
  lanes: readonly LentLane[];
  /** Kinds that cannot be lent, and why. */
  without: Partial<Record<LentKind, string>>;
}

/** How much is wanted. */
export interface LoanInput {
  lanes: number;
  /** For each lane. */
  services: number;
  /** Of each kind and for each lane. */
  watched: number;
  others: number;
}

/** One event of the audit, as far as it is looked at. */
export interface WitnessedEvent {
  type: string;
  broker?: string;
  result?: "allow" | "deny";
  reason?: string;
  /** Of a decision: what the reason means, for people. */
  reasonText?: string;
}
