/** What this EMQX is meant to do, as far as the attacks depend on it. */
export interface VerifySetting {
  /** EMQX checks tokens by itself, so for those Connack is not asked. */
  checksTokens: boolean;
  /** EMQX tells Connack who connects and who is gone. */
  tellsEvents: boolean;
  /** Topics that EMQX subscribes a xiaozhi device to when it connects. */
  autoSubscribes: { byClientId: boolean; byMac: boolean };
}

/** Of `brokers.emqx`, as it is configured. */
export interface EmqxSettings {
  connackUrl: string;
  jwt: { enabled: boolean };
  events: { enabled: boolean };
  autoSubscribe: readonly string[];
  subscribeMac: boolean;
}

export function verifySetting({
  jwt,
  events,
  autoSubscribe,
  subscribeMac,
}: Omit<EmqxSettings, "connackUrl">): VerifySetting {
  return {
    checksTokens: jwt.enabled,
    tellsEvents: events.enabled,
    autoSubscribes: { byClientId: autoSubscribe.includes(`devices/p2p/\${clientid}`), byMac: subscribeMac },
  };
}
