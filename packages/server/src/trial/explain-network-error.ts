import { type BrokerTarget, isThisMachine } from "./broker-target.ts";

/** What stands in the way, and what to do. */
export interface Obstacle {
  sentence: string;
  next: string;
}

/** Why host, port or TLS could not be reached: codes of Node, of OpenSSL and of X.509 checks, in plain words. */
export function explainNetworkError(error: unknown, target: BrokerTarget): Obstacle {
  const code = codeOf(error);
  const found = explanations.find(([codes]) => codes.test(code));
  if (found) return found[1](target, error as NodeJS.ErrnoException & Details);
  return { sentence: `${messageOf(error)}${code === "" ? "" : ` (${code})`}.`, next: lookAtUrl(target) };
}

interface Details {
  cert?: { subjectaltname?: string };
}

/** Where all addresses of a name failed, the code of the first. */
function codeOf(error: unknown): string {
  const { code, errors } = error as { code?: unknown; errors?: { code?: unknown }[] };
  const first = code ?? errors?.[0]?.code;
  return typeof first === "string" ? first : "";
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n", 1)[0] ?? "").replace(/\.$/, "");
}

const place = ({ host, port }: BrokerTarget): string => `${host.includes(":") ? `[${host}]` : host}:${port}`;
const lookAtUrl = ({ isTls }: BrokerTarget): string =>
  `look at name and port of the URL; MQTT is usually on port 1883, with TLS on 8883${isTls ? ", and this URL wants TLS" : ""}`;
const plainUrl = ({ isWebSocket }: BrokerTarget): string => (isWebSocket ? "ws://" : "mqtt://");
const whichCa = ({ tls }: BrokerTarget): string =>
  tls?.ca === undefined ? "a CA that this system trusts" : "the CA of --ca";

type Explain = (target: BrokerTarget, error: NodeJS.ErrnoException & Details) => Obstacle;

const explanations: readonly [RegExp, Explain][] = [
  [
    /^ENOTFOUND$/,
    ({ host }) => ({
      sentence: `No address is known for ${host}.`,
      next: "correct the name in the URL, or use the broker's IP address",
    }),
  ],
  [
    /^EAI_/,
    ({ host }) => ({
      sentence: `The name server does not answer, so ${host} has no address.`,
      next: "look at this machine's network and name server, or use the broker's IP address",
    }),
  ],
  [
    /^ECONNREFUSED$/,
    (target) => ({
      sentence: `Nothing listens at ${place(target)}: the machine is there and refuses the connection.`,
      next: isThisMachine(target.host)
        ? "start the broker, or correct the port; connack status shows where Connack's own one listens"
        : `start the broker, have it listen on its network address too, or ${lookAtUrl(target)}`,
    }),
  ],
  [
    /^ETIMEDOUT$/,
    (target) => ({
      sentence: `Nothing answers at ${place(target)} within ${target.timeoutSeconds} s: a firewall drops it, or the machine is off.`,
      next: `open port ${target.port} in the firewall, and ${lookAtUrl(target)}`,
    }),
  ],
  [
    /^E(?:HOST|NET)(?:UNREACH|DOWN)$/,
    (target) => ({
      sentence: `There is no way from here to ${place(target)} (no route).`,
      next: "look at this machine's network, and at the address in the URL",
    }),
  ],
  [
    /^EACCES$|^EPERM$/,
    (target) => ({
      sentence: `This machine does not allow a connection to ${place(target)}.`,
      next: "look at its firewall and at what the user may do",
    }),
  ],
  [
    /WRONG_VERSION_NUMBER|HTTP_REQUEST|UNKNOWN_PROTOCOL|PACKET_LENGTH_TOO_LONG|RECORD_LAYER|^EPROTO$/,
    (target) => ({
      sentence: `What answers at ${place(target)} does not speak TLS.`,
      next: `use ${plainUrl(target)} for this port, or the port that has TLS (usually 8883)`,
    }),
  ],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_SIGNATURE_FAILURE|INVALID_CA|CERT_UNTRUSTED)/,
    (target, { code }) => ({
      sentence: `The broker's certificate is not signed by ${whichCa(target)} (${code}).`,
      next: "give the CA that signed it: --ca <file>; for the lab CA of Connack that is tls/ca.crt in the data folder",
    }),
  ],
  [
    /^CERT_HAS_EXPIRED$/,
    () => ({
      sentence: "The broker's certificate has expired, or this machine's clock is ahead.",
      next: "renew the certificate of the broker; compare the clock with date -u",
    }),
  ],
  [
    /^CERT_NOT_YET_VALID$/,
    () => ({
      sentence: "The broker's certificate is not valid yet, or this machine's clock is behind.",
      next: "compare the clock with date -u",
    }),
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    ({ host }, { cert }) => ({
      sentence: `The broker's certificate is for other names than ${host}${cert?.subjectaltname ? `: ${cert.subjectaltname}` : ""}.`,
      next: "use a name of the certificate in the URL, or have one made for this name",
    }),
  ],
  [
    /CERTIFICATE_REQUIRED|ALERT_HANDSHAKE_FAILURE|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE/,
    (target, { code }) => ({
      sentence:
        target.tls?.cert === undefined
          ? `The broker wants a certificate of the device (${code}).`
          : `The broker does not take the certificate of --cert (${code}).`,
      next:
        target.tls?.cert === undefined
          ? "give one: --cert <file> --key <file>"
          : "use one that the broker's client CA has signed and that has not expired",
    }),
  ],
  [
    /UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|VERSION_TOO_LOW/,
    () => ({
      sentence: "The broker offers no version of TLS that is still safe (1.2 or 1.3).",
      next: "switch TLS 1.2 on in the broker",
    }),
  ],
  [
    /^ECONNRESET$|^EPIPE$/,
    (target) => ({
      sentence: target.isTls
        ? `The connection to ${place(target)} was closed in the middle of the TLS handshake.`
        : `The connection to ${place(target)} was closed from there at once.`,
      next: target.isTls
        ? `is this a port with TLS? If not: ${plainUrl(target)}; if so, the broker's log says why`
        : "the broker's log says why: a limit, a ban, or a port that wants TLS (mqtts://)",
    }),
  ],
];
