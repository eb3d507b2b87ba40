import type { StandInNode } from "../stand-in-node.ts";

/** The text that names the actions of a connector in use: it shows their headers in clear (recorded). */
export function actionDescription(node: StandInNode, connector: string, actions: string[]): string {
  const described = actions.map((name) => {
    const config = JSON.stringify(node.engine.actions.get(name)?.full ?? {});
    return `{<<"action:http:${name}:connector:http:${connector}">>,${config}}`;
  });
  const sentence = "Cannot delete connector while there are active channels defined for this connector";
  return `{<<"${sentence}">>,[${described.join(",")}]}`;
}
