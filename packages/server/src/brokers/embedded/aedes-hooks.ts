import type { AedesOptions } from "aedes";
import { admitClient } from "./admit-client.ts";
import { authorizeForward } from "./authorize-forward.ts";
import { authorizePublish, type OutgoingPublish, PublishDenied } from "./authorize-publish.ts";
import { authorizeSubscribe } from "./authorize-subscribe.ts";
import type { BrokerContext } from "./broker-context.ts";

type Hooks = Required<
  Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe" | "authorizeForward">
>;

/**
 * Put in place of the version of a Mosquitto bridge, whose highest bit the parser has cleared. aedes then answers with
 * code 1, unacceptable protocol version, on which Mosquitto comes again as an ordinary client.
 */
const bridgeVersion = 0x80;

/**
 * The questions aedes asks, answered from the context (a function, as aedes wants the hooks before there is one). None
 * of them throws and each calls back exactly once: an exception ends the process, silence keeps a socket for ever. Only
 * where a client was cut for what it asked, nobody is called back.
 */
export function createHooks(context: () => BrokerContext): Hooks {
  const contained = <Answer>(ask: () => Answer, otherwise: Answer): Answer => {
    try {
      return ask();
    } catch (error) {
      context().reporter.trip("contained_exception", undefined, error);
      return otherwise;
    }
  };
  return {
    // Never (null, false): that leaves the socket open without an answer. All refusals are given by `authenticate`.
    preConnect: (client, packet, done) => {
      const connection = context().connections.of(client);
      if (connection === undefined) return done(new Error("unknown connection"), false);
      if ("bridgeMode" in packet) Object.assign(packet, { protocolVersion: bridgeVersion });
      else if (packet.protocolVersion !== undefined) connection.protocolVersion = packet.protocolVersion;
      // The object itself: aedes publishes it when it fires. The parser leaves none of its members out.
      if (packet.will !== undefined) connection.will = packet.will as OutgoingPublish;
      connection.cleanStart = packet.clean !== false;
      connection.clientIdAssigned = packet.clientId === "";
      done(null, true);
    },
    authenticate: (client, username, password, done) => {
      const connection = context().connections.of(client);
      const refuse = (returnCode: 4 | 5) => done(Object.assign(new Error(""), { returnCode }), false);
      if (connection === undefined) return refuse(5);
      admitClient(context(), connection, username, password)
        .then((admission) => {
          if (admission.result === "allow") done(null, true);
          else if (admission.result === "deny") refuse(admission.returnCode);
        })
        .catch((error) => {
          context().reporter.trip("contained_exception", connection, error);
          connection.socket.destroy();
        });
    },
    authorizePublish: (client, packet, done) => {
      const connection = client === null ? undefined : context().connections.of(client);
      const answer = contained(() => authorizePublish(context(), connection, packet), new PublishDenied(""));
      // Left open, to go with the client.
      if (answer !== "ended") done(answer);
    },
    authorizeSubscribe: (client, filter, done) => {
      const connection = context().connections.of(client);
      const answer = contained(() => authorizeSubscribe(context(), connection, filter), null);
      if (context().denyAction === "ignore") return done(null, answer);
      // aedes asks about all filters of a SUBSCRIBE in one go, and stores each as it is granted.
      queueMicrotask(() => {
        if (connection?.ended !== "not_authorized") done(null, answer);
      });
    },
    authorizeForward: (client, packet) =>
      contained(() => authorizeForward(context(), context().connections.of(client), packet), null),
  };
}
