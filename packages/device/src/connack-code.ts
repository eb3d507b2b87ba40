/** What a broker says no with, as people need it. */
export interface ConnackCode {
  /** As the specification calls it. */
  name: string;
  /** The credential is no use as it is: a new one is needed before the next attempt. */
  isCredential: boolean;
}

const notAuthorized: ConnackCode = { name: "not authorized", isCredential: true };
const badLogin: ConnackCode = { name: "bad user name or password", isCredential: true };

/** MQTT 3.1.1 §3.2.2.3 (1 to 5) and MQTT 5 §3.2.2.2. Brokers tell a bad login by 4 or 5, 0x86 or 0x87, as they like. */
const codes: Readonly<Record<number, ConnackCode>> = {
  1: { name: "unacceptable protocol version", isCredential: false },
  2: { name: "client identifier rejected", isCredential: false },
  3: { name: "server unavailable", isCredential: false },
  4: badLogin,
  5: notAuthorized,
  128: { name: "unspecified error", isCredential: false },
  129: { name: "malformed packet", isCredential: false },
  130: { name: "protocol error", isCredential: false },
  132: { name: "unsupported protocol version", isCredential: false },
  133: { name: "client identifier not valid", isCredential: false },
  134: badLogin,
  135: notAuthorized,
  136: { name: "server unavailable", isCredential: false },
  137: { name: "server busy", isCredential: false },
  138: { name: "banned", isCredential: false },
  140: { name: "bad authentication method", isCredential: false },
  149: { name: "packet too large", isCredential: false },
  151: { name: "quota exceeded", isCredential: false },
  156: { name: "use another server", isCredential: false },
  157: { name: "server moved", isCredential: false },
  159: { name: "connection rate exceeded", isCredential: false },
};

export function connackCode(code: number): ConnackCode {
  return codes[code] ?? { name: `code ${code}`, isCredential: false };
}
