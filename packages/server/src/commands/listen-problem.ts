import { configKeys, environmentName } from "../config/config-keys.ts";
import type { LoadedConfig } from "../config/load-config.ts";

/** A listener that cannot open its door, told with the settings that say where the door is. */
export class ListenProblem extends Error {
  override name = "ListenProblem";
  readonly code: string;
  readonly next: string;
  constructor(code: string, message: string, next: string) {
    super(message);
    this.code = code;
    this.next = next;
  }
}

type SystemError = NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string };

/** The system's error at opening a listener as a `ListenProblem`; `undefined` for any other error. */
export function listenProblem(error: unknown, loaded: LoadedConfig): ListenProblem | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = "", port, address, hostname = address } = error as SystemError;
  const door = findDoor(loaded, port, hostname);
  if (door === undefined) return undefined;
  const waysOfHost = `${placeOf(loaded, door.hostKey)}; 127.0.0.1 is this machine alone, 0.0.0.0 every address of it`;
  switch (code) {
    case "EADDRINUSE": {
      const message = `port ${port} is taken${holders[port ?? 0] ?? ""}`;
      return new ListenProblem(code, message, `stop it, or move ours: ${waysOfPort(loaded, door)}`);
    }
    case "EACCES": {
      const message = `port ${port} may not be opened by this user`;
      return new ListenProblem(code, message, `take a port from 1024 on: ${waysOfPort(loaded, door)}`);
    }
    case "EADDRNOTAVAIL":
      return new ListenProblem(code, `${hostname} is no address of this machine`, `set another: ${waysOfHost}`);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ListenProblem(code, `no address is known for the name ${hostname}`, `set another: ${waysOfHost}`);
    default:
      return undefined;
  }
}

/** The settings that say where a listener opens. */
interface Door {
  portKey: string;
  hostKey: string;
}

/** In the order of the configuration; `xiaozhi.gateway` is nothing that we open. */
const doors: readonly Door[] = [...configKeys.keys()]
  .filter((key) => /^(?:http|brokers)\..*port$/i.test(key))
  .map((portKey) => ({ portKey, hostKey: nearestHost(portKey) }));

/** `brokers.embedded.host` is the host of `brokers.embedded.port` and of every port below. */
function nearestHost(key: string): string {
  const end = key.lastIndexOf(".");
  const hostKey = `${key.slice(0, end)}.host`;
  return end < 0 || configKeys.has(hostKey) ? hostKey : nearestHost(key.slice(0, end));
}

/** The listener that was to open there: by its port, where two have the same by its host too. */
function findDoor({ config }: LoadedConfig, port: number | undefined, host: string | undefined): Door | undefined {
  const near = port === undefined ? doors : doors.filter((door) => valueAt(config, door.portKey) === port);
  const exact = near.find((door) => valueAt(config, door.hostKey) === host);
  return exact ?? (port === undefined ? undefined : near[0]);
}

function valueAt(config: LoadedConfig["config"], key: string): unknown {
  return key
    .split(".")
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], config);
}

/** The flags of `connack serve`, each with a port that is likely to be free. */
const flags: Record<string, { flag: string; free: number }> = {
  "http.brokers.port": { flag: "--http-port", free: 8103 },
  "http.admin.port": { flag: "--admin-port", free: 8104 },
  "brokers.embedded.port": { flag: "--mqtt-port", free: 1884 },
};

function waysOfPort(loaded: LoadedConfig, { portKey }: Door): string {
  const ways = [placeOf(loaded, portKey)];
  const known = flags[portKey];
  if (known) {
    const isTaken = valueAt(loaded.config, portKey) === known.free;
    ways.push(`or connack serve ${known.flag} ${isTaken ? "<port>" : known.free}`);
  }
  if (portKey.startsWith("brokers.embedded.")) ways.push("or --no-embedded-broker");
  return ways.join(", ");
}

/** The setting, where its value comes from, and the variable that sets it. */
function placeOf({ sources }: LoadedConfig, key: string): string {
  const source = sources[key] ?? "default";
  const variable = environmentName(key);
  if (source === variable) return `${key} (from ${variable})`;
  const origins: Record<string, string> = { default: "its default", "command line": "from the command line" };
  return `${key} (${origins[source] ?? `from ${source}`}), ${variable}`;
}

const brokerOfOthers = ", probably by another MQTT broker (Mosquitto, EMQX, xiaozhi's gateway)";

/** Who usually has our ports: most are also the numbers of xiaozhi-server and other brokers. */
const holders: Record<number, string> = {
  1883: brokerOfOthers,
  8003: ", probably by xiaozhi-server or another connack",
  8004: ", probably by another connack",
  8083: brokerOfOthers,
  8084: brokerOfOthers,
  8883: brokerOfOthers,
};
