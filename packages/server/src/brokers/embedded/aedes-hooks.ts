import type { AedesOptions } from "aedes";
import { admitClient } from "./admit-client.ts";
import { authorizeForward } from "./authorize-forward.ts";
import { authorizePublish, PublishDenied } from "./authorize-publish.ts";
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
 * of them throws and each calls back exactly once: an exception ends the process, silence keeps a socket for ever.
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
      if (packet.will !== undefined) connection.will = packet.will;
      connection.cleanStart = packet.clean !== false;
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
      done(contained(() => authorizePublish(context(), connection, packet), new PublishDenied("")));
    },
    authorizeSubscribe: (client, filter, done) =>
      done(
        null,
        contained(() => authorizeSubscribe(context(), context().connections.of(client), filter), null),
      ),
    authorizeForward: (client, packet) =>
      contained(() => authorizeForward(context(), context().connections.of(client), packet), null),
  };
}
