import { ExpectedError } from "./errors.ts";
import { isHostName, isUserName } from "./names.ts";

/** A host and how to prove who is who; both `knownHosts` and `privateKey` are the text, not a path. */
export interface SshTarget {
  host: string;
  /** Default 22. */
  port?: number;
  user: string;
  /** Lines of a known_hosts file, verified out of band; nothing is learnt at run time. */
  knownHosts: string;
  /** OpenSSH or PEM, without passphrase. */
  privateKey: string;
}

/** Throws ExpectedError "ssh-target" for what cannot be a host, a login, a port or known hosts. */
export function checkTarget({ host, user, port = 22, knownHosts }: SshTarget): void {
  const problem = (message: string, remedy: string) => new ExpectedError({ code: "ssh-target", message, remedy });
  if (!isHostName(host)) throw problem(`"${host}" is no host name.`, "give a DNS name or an IP address");
  if (!isUserName(user)) throw problem(`"${user}" is no user name.`, "give a Unix user name in lower case");
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw problem(`${port} is no port.`, "give 1 to 65535");
  if (knownHosts.trim() === "") throw problem("There are no known hosts.", "give the lines of `ssh-keyscan`, verified");
}
