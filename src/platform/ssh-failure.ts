import type { Problem } from "./errors.ts";

/** What ssh's own failure (exit code 255) means, where that is known. */
export function explainSshFailure(stderr: string, target: string): Problem | undefined {
  if (/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/i.test(stderr)) {
    const message = `The host key of ${target} is not among the known hosts, or is another one.`;
    const remedy =
      "if the host was not exchanged by a stranger, put its key, verified out of band, into the known hosts";
    return { code: "ssh-host-key", message, remedy };
  }
  if (/Permission denied/i.test(stderr)) {
    const remedy = "add the public key to ~/.ssh/authorized_keys of that user, and check user and private key";
    return { code: "ssh-permission", message: `${target} refused the key.`, remedy };
  }
  if (
    /Could not resolve hostname|Connection refused|Connection timed out|No route to host|Network is unreachable/i.test(
      stderr,
    )
  ) {
    const remedy = "check host and port, whether the server is up, and whether its firewall lets this machine in";
    return { code: "ssh-unreachable", message: `${target} cannot be reached.`, remedy };
  }
  if (/closed by|Connection reset|Broken pipe|not responding|mux_client|Control socket|lost connection/i.test(stderr)) {
    return connectionLost(target);
  }
  return undefined;
}

/** What is told when a connection that stood is gone. */
export function connectionLost(target: string): Problem {
  const remedy = "what runs detached on the host goes on; look there, then run again";
  return { code: "ssh-connection-lost", message: `The connection to ${target} was cut.`, remedy };
}

/** What is told when a host does not let connections through. */
export function forwardingRefused(stderr: string, target: string): Problem {
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  const message = `${target} forwards no connections: ${reason}`;
  const remedy = "let its sshd forward (AllowTcpForwarding, AllowStreamLocalForwarding) for this user";
  return { code: "ssh-forwarding", message, remedy };
}

/** What is told when ssh-agent, which holds the key, is gone or never came. */
export function agentEnded(stderr: string): Problem {
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  const message = `The ssh-agent that holds the private key ${reason === "" ? "has ended" : `has ended: ${reason}`}.`;
  const remedy =
    "run again; if it ends each time, look at the machine's memory, at TMPDIR, and whether OpenSSH is whole";
  return { code: "ssh-agent", message, remedy };
}

/** What is told when ssh-add does not take the key. */
export function keyNotLoaded(): Problem {
  const remedy =
    "give the whole text of an OpenSSH or PEM private key without passphrase, with its BEGIN and END lines";
  return { code: "ssh-private-key", message: "The private key could not be loaded.", remedy };
}
