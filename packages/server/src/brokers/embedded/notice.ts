/** For the start of the server and the README: what the embedded broker is, and is not. */
export const embeddedBrokerNotice =
  "The embedded MQTT broker is for development and small sites. Sessions, retained and queued messages live in memory " +
  "and are gone after a restart. It has no shared subscriptions, no enhanced authentication and no clustering. " +
  "For more, connect EMQX.";
