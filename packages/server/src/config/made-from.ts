/** What is made of something that may be replaced by another object: made once, and anew when that happened. */
export function madeFrom<Source, Made>(source: () => Source, make: (source: Source) => Made): () => Made {
  let used = source();
  let made = make(used);
  return () => {
    const current = source();
    if (current !== used) {
      made = make(current);
      used = current;
    }
    return made;
  };
}
