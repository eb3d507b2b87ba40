/** Elements of an array in one piece: 32 devices take JSON.stringify about an eighth of a millisecond. */
const pieceSize = 16;

/** The JSON text of a plain value, in pieces: a long array that is a member of the value does not come in one go. */
export function* jsonSlices(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    yield JSON.stringify(value);
    return;
  }
  let text = "";
  for (const [name, member] of Object.entries(value)) {
    const json = Array.isArray(member) && member.length > pieceSize ? undefined : JSON.stringify({ [name]: member });
    if (json === "{}") continue; // JSON leaves undefined out
    text += text === "" ? "{" : ",";
    if (json !== undefined) {
      text += json.slice(1, -1);
      continue;
    }
    const array = member as unknown[];
    text += `${JSON.stringify(name)}:[`;
    for (let at = 0; at < array.length; at += pieceSize) {
      if (at > 0) {
        yield text;
        text = ",";
      }
      text += JSON.stringify(array.slice(at, at + pieceSize)).slice(1, -1);
    }
    text += "]";
  }
  yield text === "" ? "{}" : `${text}}`;
}
