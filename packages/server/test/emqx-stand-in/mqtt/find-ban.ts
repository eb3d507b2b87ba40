import { BlockList, isIPv6 } from "node:net";
import type { ClientInfo } from "../client-info.ts";
import type { Ban } from "../node-state.ts";

/** The ban that keeps a client out; one that begins later counts already (recorded). */
export function findBan(bans: readonly Ban[], client: ClientInfo): Ban | undefined {
  return bans.find((ban) => ban.until > Date.now() / 1000 && applies(ban, client));
}

function applies({ as, who }: Ban, client: ClientInfo): boolean {
  if (as === "clientid") return client.clientId === who;
  if (as === "username") return client.username === who;
  if (as === "peerhost") return client.peerHost === who;
  if (as === "clientid_re") return new RegExp(who).test(client.clientId);
  if (as === "username_re") return new RegExp(who).test(client.username ?? "");
  const [address = "", bits] = who.split("/");
  const list = new BlockList();
  list.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
  return list.check(client.peerHost, isIPv6(client.peerHost) ? "ipv6" : "ipv4");
}
