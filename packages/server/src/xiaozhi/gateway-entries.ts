import { isAlias, isMap, isScalar, type Node } from "yaml";
import { type Gateway, type GatewayForm, gatewayText } from "./gateway.ts";
import { entryOf, isNull, type ServerSection, unreadable } from "./read-server-section.ts";
import type { WantedEntry, WantedScalar } from "./wanted-entry.ts";

/** What has to be written so that `server.mqtt_gateway` names the gateway; nothing where it does already. */
export function gatewayEntries(section: ServerSection, form: GatewayForm, wanted: Gateway): WantedEntry[] {
  return form === "string" ? asText(section, wanted) : asMapping(section, wanted);
}

function asText({ gateway }: ServerSection, wanted: Gateway): WantedEntry[] {
  const to = gatewayText(wanted);
  if (isScalar(gateway.value) && gateway.value.value === to) return [];
  return [{ path: ["mqtt_gateway"], value: to, from: shownValue(gateway.value), shown: to }];
}

function asMapping({ gateway, yaml }: ServerSection, { host, port, udpPort }: Gateway): WantedEntry[] {
  const { node, value } = gateway;
  if (!isMap(value)) {
    const whole = { enabled: true, broker: host, port, udp_port: udpPort ?? 8884 };
    const shown = `enabled, ${host}:${port}, UDP ${whole.udp_port}`;
    return [{ path: ["mqtt_gateway"], value: whole, from: shownValue(value), shown }];
  }
  if (isAlias(node)) throw unreadable(`${yaml.placeOf(node)}: mqtt_gateway is an alias; write its keys out below it`);
  const wanted: [string, WantedScalar | undefined][] = [
    ["enabled", true],
    ["broker", host],
    ["port", port],
    ["udp_port", udpPort],
  ];
  return wanted.flatMap(([name, to]): WantedEntry[] => {
    const former = entryOf(yaml, value, name, "mqtt_gateway").value;
    const is = isScalar(former) ? former.value : undefined;
    if (to === undefined || is === to) return [];
    return [{ path: ["mqtt_gateway", name], value: to, from: shownValue(former), shown: String(to) }];
  });
}

/** What stood there, unless it may hold a password. */
function shownValue(value: Node | undefined): string | undefined {
  if (!value || isNull(value)) return undefined;
  const text = isScalar(value) ? String(value.value) : "";
  return /^[\w.:[\]-]{1,260}$/.test(text) ? text : "(something else)";
}
