import { connect, type Socket } from "node:net";
import { generate, type Packet } from "mqtt-packet";

/**
 * The other clients of a storm, in a process of their own: many that are idle, one that subscribes and never reads, and
 * publishers to it. Arguments: port, idle clients, publishers, messages a second of each. Says "ready" on its standard
 * output and goes on until it is ended.
 */
const [port = 0, idle = 0, publishers = 0, perSecond = 0] = process.argv.slice(2).map(Number);

function open(clientId: string, ...packets: Packet[]): Promise<Socket> {
  const hello: Packet = {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId,
    username: clientId,
    clean: true,
    keepalive: 0,
  };
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("data", (connack) => {
      socket.off("error", reject);
      socket.on("error", () => {});
      if (connack[3] !== 0) return reject(new Error("refused"));
      if (packets.length > 0) socket.write(Buffer.concat(packets.map((packet) => generate(packet))));
      resolve(socket);
    });
    socket.write(generate(hello));
  });
}

const subscriptions = [{ topic: "flood/#", qos: 1 as const }];

/** Comes back after a while: it does not even notice when it is cut. */
async function stayWithoutReading(): Promise<void> {
  const socket = await open("lazy", { cmd: "subscribe", messageId: 1, subscriptions });
  socket.pause();
  setTimeout(() => {
    socket.destroy();
    stayWithoutReading().catch(fail);
  }, 6_000);
}

function fail(error: unknown): void {
  process.stderr.write(`${error}\n`);
  process.exit(1);
}

for (let opened = 0; opened < idle; opened += 50) {
  await Promise.all(Array.from({ length: 50 }, (_, index) => open(`idle-${opened + index}`)));
}
await stayWithoutReading();
const payload = Buffer.alloc(1_000, "x");
for (let index = 0; index < publishers; index++) {
  const socket = await open(`publisher-${index}`);
  socket.resume();
  let messageId = 0;
  const publish = () => {
    messageId = (messageId % 65_535) + 1;
    const qos = messageId % 2 === 0 ? 0 : 1;
    const message = { cmd: "publish", topic: `flood/${index}`, payload, dup: false, retain: false } as const;
    socket.write(generate(qos === 0 ? { ...message, qos } : { ...message, qos, messageId }));
  };
  setTimeout(() => setInterval(publish, 1000 / perSecond), (index / publishers) * (1000 / perSecond));
}
process.stdout.write("ready\n");
