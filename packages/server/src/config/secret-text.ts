/** Words that programs write where no value was set. A secret that is one of them was never set. */
export function isNullText(text: string): boolean {
  return /^(null|undefined|none|nil)$/i.test(text.trim());
}

/** Text to be replaced by the reader: `<your key>`, `${KEY}`, and 你的… ("your …"), the mark of xiaozhi's own examples. */
export function isPlaceholder(text: string): boolean {
  return /^(<.*>|\$\{.*\}|\{\{.*\}\})$/s.test(text.trim()) || text.includes("你的");
}
