import { pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

const ROUNDS = 25_000;

/** The hash of a password as Odoo stores it (passlib's `pbkdf2_sha512`); Odoo raises the rounds itself at the first login. */
export async function hashPassword(password: string, salt = randomBytes(16), rounds = ROUNDS): Promise<string> {
  const key = await promisify(pbkdf2)(password, salt, rounds, 64, "sha512");
  return `$pbkdf2-sha512$${rounds}$${adapted(salt)}$${adapted(key)}`;
}

/** passlib's own base64: no padding, dots for plus signs. */
function adapted(data: Buffer): string {
  return data.toString("base64").replaceAll("=", "").replaceAll("+", ".");
}
