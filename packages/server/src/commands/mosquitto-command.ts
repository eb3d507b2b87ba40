import type { BrokerAddress, IssuedCredential } from "../operations/issue-credential.ts";
import { quoteWord } from "../operations/quote-word.ts";

/** A line that connects with the credential and publishes once, safe to paste into a POSIX shell. */
export function mosquittoCommand(issued: IssuedCredential): string {
  const { broker } = issued;
  const words = ["mosquitto_pub", "-d", ...addressWords(broker), "-i", issued.clientId];
  if (issued.username !== "") words.push("-u", issued.username);
  if (issued.password !== "") words.push("-P", issued.password);
  if (issued.scheme === "client-certificate") {
    if (broker.tls?.caFile === undefined) words.push("--cafile", "ca.crt");
    words.push("--cert", "device.crt", "--key", "device.key");
  }
  words.push("-q", "1", "-t", issued.scheme === "xiaozhi-hmac" ? "device-server" : issued.topic, "-m", "hello");
  return words.map(quoteWord).join(" ");
}

/** Where a mosquitto program connects, and whom it trusts there. */
export function addressWords({ host, port, tls }: BrokerAddress): string[] {
  const words = ["-h", host, "-p", String(port)];
  return tls?.caFile === undefined ? words : [...words, "--cafile", tls.caFile];
}

/** What the line cannot know of the broker; `undefined` when it is complete. */
export function noteOnBroker({ host, port, running, tls }: BrokerAddress): string | undefined {
  if (!running) return "No embedded broker runs here: put your broker's address into -h and -p of the line.";
  if (!tls || tls.caFile !== undefined) return undefined;
  const name = host.includes(":") ? `[${host}]` : host;
  return `The broker listens with TLS only, at mqtts://${name}:${port}: add --cafile <CA file> to the line, and a name of its certificate as -h.`;
}
