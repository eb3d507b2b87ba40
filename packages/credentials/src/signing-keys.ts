/** Texts that xiaozhi forbids inside a key, compared in lower case. */
const forbidden = ["test", "1234", "admin", "password", "qwerty", "xiaozhi"];

/**
 * What xiaozhi's own tools would object to in a signature key, one sentence each; empty when they accept it. The
 * gateway then keeps its management API closed and the console refuses to save the key; MQTT works all the same, so
 * these are warnings. Rule of xiaozhi-mqtt-gateway 255ffb6 and of the manager-api, which are the same.
 *
 * It is a rule about form: a random key in hex breaks it (no upper case), and an easily guessed one may pass.
 */
export function xiaozhiKeyRule(key: string): string[] {
  if (key === "") return ["xiaozhi refuses an empty signature key"];
  const objections: string[] = [];
  if (key === "null") objections.push("xiaozhi takes the text null for a key that was never set");
  if (key.length < 8) objections.push("xiaozhi wants a signature key of at least 8 characters");
  if (!/[A-Z]/.test(key)) objections.push("xiaozhi wants an upper case letter (A to Z) in the signature key");
  if (!/[a-z]/.test(key)) objections.push("xiaozhi wants a lower case letter (a to z) in the signature key");
  const lower = key.toLowerCase();
  for (const text of forbidden) {
    if (lower.includes(text)) objections.push(`xiaozhi refuses a signature key that contains "${text}"`);
  }
  return objections;
}
