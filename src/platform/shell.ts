/** One word for a POSIX shell that yields exactly `word`; refuses NUL, which no argument can hold. */
export function quoteForShell(word: string): string {
  if (word.includes("\0")) throw new TypeError("an argument of a command cannot hold a NUL character");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line for a POSIX shell that runs exactly `argv`. */
export function quoteArgv(argv: readonly string[]): string {
  const [command, ...rest] = argv;
  if (!command) throw new TypeError("a command is empty");
  // A first word such as "a=b" would be taken for an assignment.
  const first = command.includes("=") ? `'${command.replaceAll("'", `'\\''`)}'` : quoteForShell(command);
  return [first, ...rest.map(quoteForShell)].join(" ");
}
