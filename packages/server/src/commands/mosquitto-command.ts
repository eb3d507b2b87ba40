import type { IssuedCredential } from "../operations/issue-credential.ts";
import { quoteWord } from "../operations/quote-word.ts";

/** A line that connects with the credential and publishes once, safe to paste into a POSIX shell. */
export function mosquittoCommand(issued: IssuedCredential): string {
  const { host, port } = issued.broker;
  const words = ["mosquitto_pub", "-d", "-h", host, "-p", String(port), "-i", issued.clientId];
  if (issued.username !== "") words.push("-u", issued.username);
  if (issued.password !== "") words.push("-P", issued.password);
  if (issued.scheme === "client-certificate")
    words.push("--cafile", "ca.crt", "--cert", "device.crt", "--key", "device.key");
  words.push("-q", "1", "-t", issued.scheme === "xiaozhi-hmac" ? "device-server" : issued.topic, "-m", "hello");
  return words.map(quoteWord).join(" ");
}
