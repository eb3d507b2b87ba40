import { createDevice, type DeviceState, sharedSecretJwt } from "@connack/device";

/** What happened in the browser. */
export interface BrowserReport {
  messages: { topic: string; text: string; qos: number }[];
  states: DeviceState[];
  problems: string[];
  clientIds: (string | undefined)[];
  refreshes: number;
  connects: number;
}

/** A device in a page: connects, sends itself a message, takes a new token, sends itself another. */
async function runDevice({
  url,
  secret,
  deviceId,
}: Record<"url" | "secret" | "deviceId", string>): Promise<BrowserReport> {
  const topic = `devices/${deviceId}/echo`;
  const device = createDevice({
    url,
    credentials: sharedSecretJwt({ secret, deviceId }),
    will: { topic: `devices/${deviceId}/will`, payload: "gone" },
  });
  const report: BrowserReport = { messages: [], states: [], problems: [], clientIds: [], refreshes: 0, connects: 0 };
  device.on("state", (state) => report.states.push(state));
  device.on("problem", ({ sentence }) => report.problems.push(sentence));
  const received = (count: number) =>
    new Promise<void>((resolve) => {
      device.on("message", () => {
        if (report.messages.length === count) resolve();
      });
    });
  device.on("message", ({ topic, payload, qos }) =>
    report.messages.push({ topic, text: new TextDecoder().decode(payload), qos }),
  );
  const [first, second] = [received(1), received(2)];

  await device.subscribe(`devices/${deviceId}/#`);
  await device.publish(topic, "with the first token");
  await first;
  report.clientIds.push(device.status().clientId);

  const again = new Promise<void>((resolve) => {
    device.on("state", (state) => {
      if (state === "connected") resolve();
    });
  });
  device.refresh();
  await again;
  await device.publish(topic, "with the second token");
  await second;
  const { clientId, refreshes, connects } = device.status();
  report.clientIds.push(clientId);
  await device.stop();
  return { ...report, refreshes, connects };
}

Object.assign(globalThis, { runDevice });
