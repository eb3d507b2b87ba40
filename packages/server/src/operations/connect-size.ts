/** Bytes of an MQTT 3.1.1 CONNECT with these texts, fixed header included, without a will (MQTT 3.1.1 §3.1). */
export function connectSize(credential: { clientId: string; username: string; password: string }): number {
  const field = (text: string) => 2 + Buffer.byteLength(text);
  const optional = [credential.username, credential.password].filter((text) => text !== "");
  const remaining = 10 + field(credential.clientId) + optional.reduce((sum, text) => sum + field(text), 0);
  return 1 + (remaining < 128 ? 1 : remaining < 16_384 ? 2 : 3) + remaining;
}

/** Client libraries whose default buffer is smaller than this CONNECT; they then send nothing and report state -1. */
export function buffersTooSmall(bytes: number): string[] {
  return defaultBuffers
    .filter((library) => library.bytes < bytes)
    .map((library) => `${library.name} (${library.bytes})`);
}

const defaultBuffers = [
  { name: "256dpi/arduino-mqtt", bytes: 128 },
  { name: "PubSubClient", bytes: 256 },
  { name: "esp-mqtt", bytes: 1024 },
];
