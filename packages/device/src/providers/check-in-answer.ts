/** What a xiaozhi check-in says besides the credentials. No secret is in it. */
export interface CheckInAnswer {
  /** As the server wrote it, `host` or `host:port`. */
  endpoint?: string;
  /** For `createDevice`: as the firmware reads `endpoint`, port 8883 (or none) with TLS, any other without. */
  brokerUrl?: string;
  publishTopic?: string;
  subscribeTopic?: string;
  /** Unix milliseconds. */
  serverTimeMs?: number;
  /** The server wants this device to be bound first: the code is to be typed into its console. */
  activation?: { code: string; message: string };
}

/** Reads what is there, and leaves out what has another form. */
export function readCheckInAnswer(json: Record<string, unknown>): CheckInAnswer {
  const mqtt = object(json["mqtt"]);
  const activation = object(json["activation"]);
  const endpoint = text(mqtt["endpoint"]);
  const brokerUrl = endpoint === undefined ? undefined : urlOf(endpoint);
  const publishTopic = text(mqtt["publish_topic"]);
  const subscribeTopic = text(mqtt["subscribe_topic"]);
  const time = object(json["server_time"])["timestamp"];
  const code = text(activation["code"]);
  return {
    ...(endpoint !== undefined && { endpoint }),
    ...(brokerUrl !== undefined && { brokerUrl }),
    ...(publishTopic !== undefined && { publishTopic }),
    ...(subscribeTopic !== undefined && { subscribeTopic }),
    ...(typeof time === "number" && time > 0 && { serverTimeMs: time }),
    ...(code !== undefined && { activation: { code, message: text(activation["message"]) ?? "" } }),
  };
}

function urlOf(endpoint: string): string | undefined {
  const parts = /^([A-Za-z0-9._-]+)(?::(\d{1,5}))?$/.exec(endpoint);
  if (!parts) return undefined;
  const [, host, port = "8883"] = parts;
  return Number(port) > 65_535 ? undefined : `${port === "8883" ? "mqtts" : "mqtt"}://${host}:${port}`;
}

/** Some servers write the text `null` for what is not there. */
function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "null" ? value : undefined;
}

function object(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
