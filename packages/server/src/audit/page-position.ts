/** A place in the order of pages, newest first: everything after it is older, or of the same time with a lower id. */
export interface PagePosition {
  at: number;
  id: number;
}

export function formatPosition({ at, id }: PagePosition): string {
  return `${at}.${id}`;
}

/** @throws RangeError when the text is no position */
export function parsePosition(text: string): PagePosition {
  const [, at, id] = /^(-?\d{1,16})\.(\d{1,16})$/.exec(text) ?? [];
  if (at === undefined || id === undefined) throw new RangeError("after is not the next of a page");
  return { at: Number(at), id: Number(id) };
}
