import type { Aedes, Client } from "aedes";

/**
 * aedes destroys the socket of a client that was silent for too long without the DISCONNECT that tells an MQTT 5 client
 * why (§3.14.2.1, 0x8D). Calls `end` instead, which has to end the client.
 */
export function sayKeepAliveTimeout(aedes: Aedes, end: (client: Client) => void): void {
  aedes.on("keepaliveTimeout", (client) => {
    // The error that aedes reports right after this event destroys the socket; that one only is kept from it.
    const onError = client.listeners("error") as ((error: Error) => void)[];
    client.removeAllListeners("error");
    client.once("error", () => {
      for (const listener of onError) client.on("error", listener);
    });
    end(client);
  });
}
