/** A pattern of names. */
export interface Glob {
  test(name: string): boolean;
}

/** `*` stands for any run of characters. No regular expression: many * in one would try every way to share a name. */
export function glob(pattern: string): Glob {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return { test: (name) => name === pattern };
  const test = (name: string) => {
    let at = first.length;
    for (const part of rest) {
      const found = name.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return name.startsWith(first) && name.endsWith(last) && at + last.length <= name.length;
  };
  return { test };
}
