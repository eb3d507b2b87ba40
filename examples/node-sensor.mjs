import { createDevice, sharedSecretJwt } from "@connack/device";

const { MQTT_URL = "mqtt://127.0.0.1:1883", DEVICE_ID: deviceId, JWT_SECRET: secret } = process.env;
const topic = `devices/${deviceId}`;

const device = createDevice({
  url: MQTT_URL,
  credentials: sharedSecretJwt({ secret, deviceId }),
  will: { topic: `${topic}/status`, payload: "offline", retain: true },
});
device.on("state", (state) => console.log(state));
device.on("problem", ({ sentence, fix }) => console.error(`${sentence} ${fix}`));
device.on("message", ({ topic, payload }) => console.log(`${topic} ${new TextDecoder().decode(payload)}`));

const measure = () => device.publish(`${topic}/temperature`, (20 + Math.random()).toFixed(1));
const timer = setInterval(measure, 10_000);

device.subscribe(`${topic}/commands/#`);
device.publish(`${topic}/status`, "online", { retain: true });
measure();

process.once("SIGINT", () => {
  clearInterval(timer);
  device.publish(`${topic}/status`, "stopped", { retain: true });
  device.stop();
});
