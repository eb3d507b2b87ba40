import { isMap, isScalar, type Node, type YAMLMap } from "yaml";
import type { ConfigProblem } from "./config-error.ts";
import { type ConfigKey, configKeys } from "./config-keys.ts";
import { parseEndpoint } from "./parse-endpoint.ts";
import { parseYaml, type YamlFile } from "./parse-yaml.ts";
import { isNullText, isPlaceholder } from "./secret-text.ts";
import { problemOfSetting, type Setting } from "./setting.ts";

export interface XiaozhiRead {
  settings: Setting[];
  warnings: string[];
  /** The file has, or may have, a signature key, and which one cannot be told. */
  doubtfulKey?: ConfigProblem;
}

const keyName = "mqtt_signature_key";

/**
 * What a xiaozhi server's `data/.config.yaml` says that concerns us: `server.mqtt_signature_key`, `server.mqtt_gateway`
 * (text, or the object of the EMQX fork) and `log.log_level`. The file is xiaozhi's: whatever else is in it, also what
 * is wrong with it, is at most a warning.
 */
export function readXiaozhiFile(text: string, name: string): XiaozhiRead {
  const file = parseYaml(text, name, "1.1");
  const read: XiaozhiRead = { settings: [], warnings: [] };
  // Python takes the last of two equal keys without a word, so such a file works there
  const [broken] = file.problems.filter(({ code }) => code !== "DUPLICATE_KEY");
  if (broken) {
    const { place } = broken;
    if (text.includes(keyName))
      read.doubtfulKey = { place, problem: `${broken.problem}; so ${keyName} cannot be read` };
    else read.warnings.push(`${place}: ${broken.problem}; nothing is taken from this file`);
    return read;
  }
  const servers = valuesOf(file.root, "server");
  readKey(file, servers, read);
  const server = file.follow(servers.at(-1));
  if (isMap(server)) readGateway(file, valuesOf(server, "mqtt_gateway").at(-1), read);
  const log = file.follow(valuesOf(file.root, "log").at(-1));
  if (isMap(log)) readLevel(file, valuesOf(log, "log_level").at(-1), read);
  return read;
}

function readKey(file: YamlFile, servers: readonly unknown[], read: XiaozhiRead): void {
  const nodes = servers.flatMap((value): unknown[] => {
    const server = file.follow(value);
    const found = isMap(server) ? valuesOf(server, keyName) : [];
    return found.length > 0 ? found : [undefined];
  });
  const values = nodes.map((node) => scalarValue(file, node));
  const last = nodes.at(-1);
  const doubt = (problem: string): void => {
    const place = file.placeOf(nodes.find((node) => node !== undefined));
    read.doubtfulKey = { place, problem: `${keyName} ${problem}` };
  };
  const value = values[0];
  const place = file.placeOf(last);
  if (new Set(values).size > 1) doubt("is there twice, with different values");
  else if (value === undefined || value === null || value === "") return;
  else if (typeof value !== "string") doubt(`is read as a ${typeof value}, not as text; put the value in quotes`);
  else if (isNullText(value)) {
    read.warnings.push(`${place}: ${keyName} is the text null, so it is taken as not set`);
  } else if (isPlaceholder(value)) {
    read.warnings.push(`${place}: ${keyName} is still a placeholder, so it is taken as not set`);
  } else take(file, last, "credentials.xiaozhiHmac.key", value, read);
}

function readGateway(file: YamlFile, value: unknown, read: XiaozhiRead): void {
  const node = file.follow(value);
  const unusable = "mqtt_gateway is neither host:port nor {enabled, broker, port, udp_port}, so it is not used";
  if (isMap(node)) {
    const member = (name: string) => scalarValue(file, valuesOf(node, name).at(-1));
    if (member("enabled") === false) return;
    take(file, value, "xiaozhi.gateway.host", member("broker"), read);
    take(file, value, "xiaozhi.gateway.port", member("port") ?? 1883, read);
    const udpPort = member("udp_port");
    if (udpPort !== undefined) take(file, value, "xiaozhi.gateway.udpPort", udpPort, read);
    return;
  }
  const text = scalarValue(file, value);
  if (text === undefined || text === null || text === "" || text === "null") return;
  const endpoint = typeof text === "string" && !isPlaceholder(text) ? parseEndpoint(text) : undefined;
  if (endpoint) {
    take(file, value, "xiaozhi.gateway.host", endpoint.host, read);
    take(file, value, "xiaozhi.gateway.port", endpoint.port, read);
  } else read.warnings.push(`${file.placeOf(value)}: ${unusable}`);
}

/** Levels of Python's logging and of loguru, which xiaozhi uses. */
const levels: Record<string, string> = {
  TRACE: "trace",
  DEBUG: "debug",
  INFO: "info",
  SUCCESS: "info",
  WARN: "warn",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
  FATAL: "error",
};

function readLevel(file: YamlFile, value: unknown, read: XiaozhiRead): void {
  const text = scalarValue(file, value);
  if (text === undefined || text === null) return;
  const level = levels[String(text).trim().toUpperCase()];
  if (level !== undefined) take(file, value, "log.level", level, read);
  else read.warnings.push(`${file.placeOf(value)}: log_level is none of ${Object.keys(levels).join(", ")}; not used`);
}

function take(file: YamlFile, node: unknown, key: string, value: unknown, read: XiaozhiRead): void {
  const setting: Setting = {
    key: configKeys.get(key) as ConfigKey,
    value,
    place: file.placeOf(node),
    source: file.lineOf(node),
  };
  const found = problemOfSetting(setting);
  if (found === undefined) read.settings.push(setting);
  else read.warnings.push(`${found.place}: ${found.problem}; it is not used`);
}

/** Every value of a key: more than one where the key is there twice. */
function valuesOf(map: YAMLMap | undefined, name: string): unknown[] {
  return (map?.items ?? []).filter(({ key }) => isScalar(key) && key.value === name).map(({ value }) => value);
}

function scalarValue(file: YamlFile, value: unknown): unknown {
  const node: Node | undefined | null = value === undefined ? undefined : file.follow(value);
  if (node === undefined || node === null) return node;
  return isScalar(node) ? node.value : node;
}
