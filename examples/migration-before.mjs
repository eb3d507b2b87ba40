import mqtt from "mqtt";

const { MQTT_URL = "mqtt://127.0.0.1:1883", DEVICE_ID: deviceId, TOKEN: password } = process.env;

const client = mqtt.connect(MQTT_URL, { clientId: deviceId, username: deviceId, password });
client.on("error", (error) => console.error(error.message));
client.on("message", (topic, payload) => console.log(`${topic} ${payload}`));

client.subscribe(`devices/${deviceId}/commands/#`);
client.publish(`devices/${deviceId}/temperature`, "21.5", { qos: 1 }, (error) => {
  if (!error) console.log("21.5 is at the broker");
});

process.once("SIGINT", () => client.end());
