import type { DesiredInput } from "../configure/desired-state.ts";

/** Characters of nobody, so that what is escaped around them can be told from them. */
const [begin, end] = ["\ue000", "\ue001"];
const mark = (name: string) => `${begin}${name}${end}`;

/** The variables that stand for our secrets where those are not shown, and what each is. */
export const secretVariables = {
  CONNACK_BROKER_TOKEN: "the broker-token of the data folder",
  CONNACK_JWT_SECRET: "the secret tokens are signed with",
} as const;
type SecretVariable = keyof typeof secretVariables;

/** The same without its secrets: marks stand in their place. */
export function withMarks<Input extends Omit<DesiredInput, "asksPerTopic">>(input: Input): Input {
  const { emqx, ownJwt } = input;
  const secret = mark("CONNACK_JWT_SECRET");
  return {
    ...input,
    brokerToken: mark("CONNACK_BROKER_TOKEN"),
    emqx: { ...emqx, jwt: { ...emqx.jwt, ...(emqx.jwt.secret !== undefined && { secret }) } },
    ownJwt: { ...ownJwt, ...(ownJwt.secret !== undefined && { secret }) },
  };
}

/** A text with names in place of the marks. */
export function replaceMarks(text: string, write: (name: SecretVariable) => string): string {
  let written = text;
  for (const name of Object.keys(secretVariables) as SecretVariable[]) {
    written = written.replaceAll(mark(name), () => write(name));
  }
  return written;
}

/** The variables whose marks a text has. */
export function marksIn(text: string): SecretVariable[] {
  return (Object.keys(secretVariables) as SecretVariable[]).filter((name) => text.includes(mark(name)));
}
