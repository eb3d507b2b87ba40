import { createDevice, sharedSecretJwt } from "@connack/device";

const show = (text) => {
  const line = document.createElement("li");
  line.textContent = text;
  document.querySelector("#log").append(line);
};

document.querySelector("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { url, deviceId, secret } = Object.fromEntries(new FormData(event.target));
  event.target.remove();

  const device = createDevice({ url, credentials: sharedSecretJwt({ secret, deviceId }) });
  device.on("state", (state) => {
    document.querySelector("#state").textContent = state;
  });
  device.on("problem", ({ sentence, fix }) => show(`${sentence} ${fix}`));
  device.on("message", ({ topic, payload }) => show(`${topic} ${new TextDecoder().decode(payload)}`));

  await device.subscribe(`devices/${deviceId}/#`);
  await device.publish(`devices/${deviceId}/hello`, "from a browser");
  show("the broker has it");
});
