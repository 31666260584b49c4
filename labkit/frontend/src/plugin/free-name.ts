// The name of a new file.

/** `a.ipynb`, or the first of `a-2.ipynb`, `a-3.ipynb`, ... that is not taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const stem = name.replace(/\.ipynb$/, "");
  let free = `${stem}.ipynb`;
  for (let number = 2; taken.has(free); number++) free = `${stem}-${number}.ipynb`;
  return free;
}
