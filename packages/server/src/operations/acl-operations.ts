import { z } from "zod";
import { listGroups, showGroup } from "./acl-groups.ts";
import { setAcl, setAclInput } from "./acl-set.ts";
import { showAcl, showAclInput } from "./acl-show.ts";
import { testAcl, testAclInput } from "./acl-verdict.ts";
import { whoAclInput, whoMay } from "./acl-who.ts";
import { type Operation, operation } from "./operation.ts";

const group = operation({
  name: "acl.group",
  role: "viewer",
  input: z.strictObject({ group: z.string().min(1).max(256) }),
  run: (house, { group: name }) => showGroup(house, name),
});

const groups = operation({
  name: "acl.groups",
  role: "viewer",
  input: z.strictObject({}),
  run: (house) => ({ groups: listGroups(house) }),
});

export const aclOperations: readonly Operation[] = [
  operation({ name: "acl.show", role: "viewer", input: showAclInput, run: showAcl }) as Operation,
  group as Operation,
  groups as Operation,
  operation({ name: "acl.set", role: "operator", input: setAclInput, run: setAcl }) as Operation,
  operation({ name: "acl.test", role: "viewer", input: testAclInput, run: testAcl }) as Operation,
  operation({ name: "acl.who", role: "viewer", input: whoAclInput, run: whoMay }) as Operation,
];
