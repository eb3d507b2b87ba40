import { z } from "zod";
import type { House } from "../open-house.ts";
import type { DeviceStatus } from "../registry/device.ts";
import { shownRights } from "./acl-show.ts";
import { changeInTurn, entryNamed } from "./change-in-turn.ts";
import { connectionsEnded, rightsText, statusChanged } from "./describe-change.ts";
import { kickDevice } from "./kick-connections.ts";
import type { Kicked } from "./kick-operations.ts";
import { type Operation, OperationError, operation } from "./operation.ts";
import { addService, addServiceInput, credentialOf, makePassword, type ServiceCredential } from "./service-add.ts";
import { findServiceOrFail } from "./service-find.ts";
import { lend, lendInput, lentText } from "./service-lend.ts";
import { type ServiceView, serviceView } from "./service-view.ts";

const one = z.strictObject({ name: z.string() });

const list = operation({
  name: "service.list",
  role: "viewer",
  input: z.strictObject({ after: z.string().optional(), limit: z.int().min(1).max(1000).default(100) }),
  async run({ registry, nowMs }, { after, limit }) {
    const services = await registry.list({ kind: "service", limit, ...(after !== undefined && { after }) });
    const next = services.length === limit ? services.at(-1)?.id : undefined;
    return { services: services.map((each) => serviceView(each, nowMs())), ...(next !== undefined && { next }) };
  },
});

const show = operation({
  name: "service.show",
  role: "viewer",
  input: one,
  async run(house, { name }) {
    const service = await findServiceOrFail(house.registry, name);
    return { service: serviceView(service, house.nowMs()), rights: shownRights(house, service) };
  },
});

const day = 86_400;

const rotate = operation({
  name: "service.rotate",
  role: "admin",
  /** Seconds the former password goes on to hold. */
  input: z.strictObject({
    name: z.string(),
    grace: z
      .int()
      .min(0)
      .max(30 * day)
      .default(0),
  }),
  change: (_input, { service }) => ({ deviceId: service.name, detail: rotatedText(service) }),
  run: (house, { name, grace }) => changeInTurn(house.registry, entryNamed(name), () => rotated(house, name, grace)),
});

async function rotated(house: House, name: string, grace: number): Promise<ServiceCredential> {
  const service = await findServiceOrFail(house.registry, name);
  if (service.status === "removed") throw wasRemoved(name);
  const { password, hash } = await makePassword();
  const former = service.passwordHash;
  const keeps = grace > 0 && former !== undefined;
  const changed = await house.registry.setRights(service.id, {
    passwordHash: hash,
    previousPassword: keeps ? { hash: former, until: house.nowMs() + grace * 1000 } : null,
  });
  return credentialOf(house, changed, password);
}

function rotatedText({ formerPasswordUntil: until }: ServiceView): string {
  return `new password; the former one ${until === undefined ? "ended" : `holds until ${until}`}`;
}

/** A change of status: from which states it is possible, and what it leads to. */
function statusChange(verb: string, from: readonly DeviceStatus[], to: DeviceStatus): Operation {
  return operation({
    name: `service.${verb}`,
    role: "admin",
    input: one,
    async run({ registry, nowMs }, { name }, changed) {
      return changeInTurn(registry, entryNamed(name), async () => {
        const service = await findServiceOrFail(registry, name);
        if (service.status === "removed" && to !== "removed") throw wasRemoved(name);
        if (service.status === to) return serviceView(service, nowMs());
        const after = await registry.setStatus(name, from, to);
        changed({ deviceId: name, detail: statusChanged(service.status, to) });
        return serviceView(after, nowMs());
      });
    },
  }) as Operation;
}

function wasRemoved(name: string): OperationError {
  return new OperationError(
    "service_removed",
    `service ${JSON.stringify(name)} was removed`,
    "connack service add makes it anew",
  );
}

const kick = operation({
  name: "service.kick",
  role: "operator",
  input: one,
  change: (_input, { id, ended }) =>
    id !== undefined && ended > 0 ? { deviceId: id, detail: connectionsEnded(ended) } : undefined,
  async run(house, { name }): Promise<Kicked> {
    const service = await findServiceOrFail(house.registry, name);
    const ended = await kickDevice(house, service);
    return { id: service.id, ended, devices: ended > 0 ? 1 : 0 };
  },
});

export const serviceOperations: readonly Operation[] = [
  operation({
    name: "service.add",
    role: "admin",
    input: addServiceInput,
    change: (_input, { service }) => ({ deviceId: service.name, detail: `added; ${rightsText(service)}` }),
    run: addService,
  }) as Operation,
  list as Operation,
  show as Operation,
  rotate as Operation,
  statusChange("enable", ["disabled"], "active"),
  statusChange("disable", ["active"], "disabled"),
  statusChange("remove", ["active", "disabled"], "removed"),
  kick as Operation,
  operation({
    name: "service.lend",
    role: "admin",
    input: lendInput,
    change: (input, { username }) => ({ deviceId: username, detail: lentText(input) }),
    run: lend,
  }) as Operation,
];
