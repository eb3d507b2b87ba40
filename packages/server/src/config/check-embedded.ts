import type { Config } from "./config-schema.ts";

type Embedded = Config["brokers"]["embedded"];

/** `keys`: what it is about, first what is most likely to be changed. */
export interface EmbeddedProblem {
  keys: string[];
  problem: string;
}

/** What single keys of the embedded broker cannot show. */
export function checkEmbedded(embedded: Embedded, http: Config["http"]): EmbeddedProblem[] {
  if (!embedded.enabled) return [];
  return [
    ...tlsProblems(embedded),
    ...pathProblems(embedded),
    ...doorProblems(embedded),
    ...portProblems(embedded, http),
  ];
}

const section = "brokers.embedded";

function tlsProblems({ tls }: Embedded): EmbeddedProblem[] {
  const { certificateFile, keyFile, clientCaFile, requireClientCertificate } = tls;
  const problems: EmbeddedProblem[] = [];
  const needs = (key: string, needed: string) =>
    problems.push({
      keys: [`${section}.tls.${key}`],
      problem: `\`${section}.tls.${key}\` needs \`${section}.tls.${needed}\``,
    });
  if (certificateFile !== undefined && keyFile === undefined) needs("certificateFile", "keyFile");
  if (keyFile !== undefined && certificateFile === undefined) needs("keyFile", "certificateFile");
  if (clientCaFile !== undefined && certificateFile === undefined) needs("clientCaFile", "certificateFile");
  if (requireClientCertificate && clientCaFile === undefined) needs("requireClientCertificate", "clientCaFile");
  return problems;
}

function pathProblems({ webSocket }: Embedded): EmbeddedProblem[] {
  if (/^\/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$/.test(webSocket.path)) return [];
  const key = `${section}.webSocket.path`;
  return [{ keys: [key], problem: `\`${key}\`: expected a path such as /mqtt, without query` }];
}

function doorProblems({ tcp, webSocket, tls }: Embedded): EmbeddedProblem[] {
  if (tcp || webSocket.enabled || tls.certificateFile !== undefined || tls.keyFile !== undefined) return [];
  const problem =
    "the embedded broker listens nowhere: switch on `brokers.embedded.tcp` or `brokers.embedded.webSocket.enabled`, " +
    "give a certificate, or set `brokers.embedded.enabled` to false";
  return [{ keys: [`${section}.tcp`, `${section}.webSocket.enabled`], problem }];
}

/** Two listeners on one address and port. */
function portProblems(embedded: Embedded, { brokers, admin }: Config["http"]): EmbeddedProblem[] {
  const { host, tcp, webSocket, tls } = embedded;
  const hasTls = tls.certificateFile !== undefined && tls.keyFile !== undefined;
  const doors = [
    { key: "http.brokers.port", isOpen: true, host: brokers.host, port: brokers.port },
    { key: "http.admin.port", isOpen: admin.enabled, host: admin.host, port: admin.port },
    { key: `${section}.port`, isOpen: tcp, host, port: embedded.port },
    { key: `${section}.webSocket.port`, isOpen: webSocket.enabled, host, port: webSocket.port },
    { key: `${section}.tls.port`, isOpen: hasTls, host, port: tls.port },
    { key: `${section}.tls.webSocketPort`, isOpen: hasTls, host, port: tls.webSocketPort },
  ].filter(({ isOpen, port }) => isOpen && port !== 0);
  return doors.flatMap((door, index) => {
    const other = doors.slice(0, index).find(({ host: at, port }) => at === door.host && port === door.port);
    if (other === undefined) return [];
    return [
      {
        keys: [door.key, other.key],
        problem: `\`${door.key}\` is the port of \`${other.key}\`; give them different ones`,
      },
    ];
  });
}
