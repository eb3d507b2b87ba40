import { isMap, isScalar } from "yaml";
import { isPlaceholder } from "../config/secret-text.ts";
import { type Gateway, isLocalHost } from "./gateway.ts";
import type { ServerSection } from "./read-server-section.ts";
import type { Remark } from "./remark.ts";

/** What speaks against it that devices get to this gateway, though the file may say so. */
export function gatewayRemarks(section: ServerSection, { host, port }: Gateway): Remark[] {
  const remarks: Remark[] = [];
  if (hasConsole(section)) {
    remarks.push({
      name: "settings_from_console",
      sentence:
        "manager-api.url is set: this server takes its settings from the console, and neither mqtt_gateway nor mqtt_signature_key from this file.",
      next: "set the parameters server.mqtt_gateway (host:port) and server.mqtt_signature_key in the console as well",
    });
  }
  if (isLocalHost(host)) {
    remarks.push({
      name: "local_address",
      sentence: `${host}, on a device, is the device itself.`,
      next: "give the name or address of the broker as devices reach it",
    });
  }
  if (port === 8883) {
    remarks.push({
      name: "tls_port",
      sentence:
        "To xiaozhi firmware the port 8883, and no other, means TLS: it wants a certificate of a public CA for that host name.",
      next: "take 1883 where the broker has a certificate of its own making",
    });
  }
  return remarks;
}

function hasConsole({ yaml, root }: ServerSection): boolean {
  const pair = root?.items.find(({ key }) => isScalar(key) && key.value === "manager-api");
  const section = yaml.follow(pair?.value);
  const url = isMap(section) ? section.get("url") : undefined;
  return typeof url === "string" && url.trim() !== "" && !isPlaceholder(url);
}
