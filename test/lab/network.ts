import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { run } from "../../src/platform/process.ts";

/** A private network of one lab: a bridge of systemd-nspawn and a /24 that no other lab of this machine has. */
export interface LabNetwork {
  /** Name for `--network-zone`; the bridge is `vz-<zone>`. */
  zone: string;
  /** Our own address in it. */
  gateway: string;
  address(host: number): string;
  /** Gives the bridge our address; called when its first member runs. */
  bringUp(): Promise<void>;
  release(): void;
}

const reservations = "/run/odoo-pipeline-lab";

/** Reserves a free network; two labs at once get different ones, and what a killed run reserved is free again. */
export function reserveNetwork(): LabNetwork {
  mkdirSync(reservations, { recursive: true });
  for (let number = 10; number < 250; number += 1) {
    if (claim(`${reservations}/${number}`)) return network(number);
  }
  throw new Error(`lab: all networks are taken; look into ${reservations}`);
}

/** A claim is a link to the process that holds it: making one is atomic. */
function claim(slot: string): boolean {
  try {
    symlinkSync(`/proc/${process.pid}`, slot);
    return true;
  } catch {
    if (existsSync(slot)) return false; // its process lives
    rmSync(slot, { force: true });
    return claim(slot);
  }
}

function network(number: number): LabNetwork {
  const zone = `lab${number}`;
  const gateway = `10.77.${number}.1`;
  return {
    zone,
    gateway,
    address: (host) => `10.77.${number}.${host}`,
    bringUp: async () => {
      await run("ip", ["addr", "replace", `${gateway}/24`, "dev", `vz-${zone}`]);
      await run("ip", ["link", "set", `vz-${zone}`, "up"]);
    },
    release: () => rmSync(`${reservations}/${number}`, { force: true }),
  };
}
