import type { WarningRule } from "./warning-rule.ts";
import { sectionOf } from "./zone.ts";

const ours: ReadonlySet<unknown> = new Set(["device", "scheme", "hostname"]);

export const clientAttributesFromClient: WarningRule = {
  name: "client-attributes-from-client",
  about:
    "`mqtt.client_attrs_init` fills an attribute that Connack gives devices (`device`, `scheme`, `hostname`) from what the client says of itself. A client that another authenticator let in could so pass for a device of ours.",
  find({ globalZone }) {
    const initial = sectionOf(globalZone, "mqtt")?.["client_attrs_init"];
    const names = (Array.isArray(initial) ? initial : []).flatMap((each) =>
      typeof each === "object" && each !== null && !Array.isArray(each) ? [each["set_as_attr"]] : [],
    );
    const taken = names.filter((name) => ours.has(name));
    if (taken.length === 0) return [];
    return [
      {
        sentence: `EMQX takes the client attribute ${taken.join(", ")} from what clients say of themselves.`,
        next: "give it another name in mqtt.client_attrs_init",
      },
    ];
  },
};
