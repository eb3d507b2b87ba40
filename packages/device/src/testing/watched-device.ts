import { createDevice } from "../create-device.ts";
import type { DeviceOptions } from "../device-options.ts";
import type { DeviceProblem } from "../device-problem.ts";
import type { DeviceState } from "../device-state.ts";
import type { FakeBroker } from "./fake-broker.ts";

/** A device on a broker in memory, with all it tells. Each token holds for an hour by the clock of whoever makes it. */
export function watchedDevice(broker: FakeBroker, options: Partial<DeviceOptions> = {}) {
  let serial = 0;
  const device = createDevice({
    url: "mqtt://broker.test",
    credentials: ({ nowSeconds }) => ({
      clientId: "sensor-1",
      username: "sensor-1",
      password: `token ${++serial}`,
      expiresAt: nowSeconds + 3600,
    }),
    ...options,
    testing: { random: () => 0.5, open: broker.open, ...options.testing },
  });
  const states: DeviceState[] = [];
  const problems: DeviceProblem[] = [];
  device.on("state", (state) => states.push(state));
  device.on("problem", (problem) => problems.push(problem));
  const kinds = () => problems.map(({ kind }) => kind);
  return { device, states, problems, kinds };
}
