import type { AedesInternals, Done } from "../aedes-internals.ts";

interface Publishing {
  result?: { error: Error | null | undefined };
  onResult?: Done;
}

/**
 * aedes writes the PUBACK first and publishes when the socket has taken it: if the publisher goes before, the message
 * is lost although it may have been acknowledged. Here a QoS 1 message is put into the queues of all its subscribers
 * before the PUBACK is written. To be called before the first client.
 */
export function publishBeforeAck(aedes: AedesInternals): void {
  const publish = aedes.publish.bind(aedes);
  const authorize = aedes.authorizePublish.bind(aedes);
  const emit = aedes.mq.emit.bind(aedes.mq);
  const publishings = new WeakMap<object, Publishing>();
  const onEmitted = new Map<number, () => void>();

  aedes.mq.emit = (message, done) => {
    emit(message, done);
    onEmitted.get(message.brokerCounter ?? 0)?.();
  };
  aedes.authorizePublish = (client, packet, done) =>
    authorize(client, packet, (refusal) => {
      // No Local needs to know the publisher before aedes notes it.
      if (client !== null) packet.clientId = client.id;
      const isAcknowledged = packet.qos === 1 && packet.messageId !== undefined;
      if (refusal || !isAcknowledged) return done(refusal);
      const publishing: Publishing = {};
      publishings.set(packet, publishing);
      const number = ++aedes.counter;
      packet.brokerId = aedes.id;
      packet.brokerCounter = number;
      let isAnswered = false;
      const answer: Done = (error) => {
        onEmitted.delete(number);
        if (isAnswered) return;
        isAnswered = true;
        done(error);
      };
      onEmitted.set(number, () => answer());
      publish(packet, client, (error) => {
        publishing.result = { error };
        answer(error);
        publishing.onResult?.(error);
      });
    });
  aedes.publish = (packet, client, done) => {
    const publishing = publishings.get(packet);
    if (publishing === undefined) publish(packet, client, done);
    else if (publishing.result !== undefined) done?.(publishing.result.error);
    else if (done !== undefined) publishing.onResult = done;
  };
}
