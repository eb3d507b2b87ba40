import { createDevice, sharedSecretJwt } from "@connack/device";

const { MQTT_URL = "mqtt://127.0.0.1:1883", DEVICE_ID: deviceId, JWT_SECRET: secret } = process.env;

const device = createDevice({ url: MQTT_URL, credentials: sharedSecretJwt({ secret, deviceId }) });
device.on("problem", ({ sentence, fix }) => console.error(`${sentence} ${fix}`));
device.on("message", ({ topic, payload }) => console.log(`${topic} ${new TextDecoder().decode(payload)}`));

device.subscribe(`devices/${deviceId}/commands/#`);
device.publish(`devices/${deviceId}/temperature`, "21.5").then(
  () => console.log("21.5 is at the broker"),
  (error) => console.error(error.message),
);

process.once("SIGINT", () => device.stop());
