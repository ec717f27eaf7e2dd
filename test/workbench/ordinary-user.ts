/**
 * The command prefix under which PostgreSQL agrees to run: it refuses root.
 * Root enters a user namespace in which it bears another number: files keep their owner, folders that only root may enter stay reachable.
 */
const notRoot = process.getuid?.() === 0 ? ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"] : [];

/** The argv that runs a program as a user other than root. */
export function asOrdinaryUser(program: string, args: readonly string[]): [string, string[]] {
  return split([...notRoot, program, ...args]);
}

/** The same for a server, which is told to shut down (SIGINT) when the process that started it dies. */
export function asDependentServer(program: string, args: readonly string[]): [string, string[]] {
  return split([...notRoot, "setpriv", "--pdeathsig", "INT", "--", program, ...args]);
}

function split(argv: string[]): [string, string[]] {
  const [command = "", ...args] = argv;
  return [command, args];
}
