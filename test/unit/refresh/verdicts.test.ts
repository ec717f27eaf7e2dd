import { expect, test } from "vitest";
import { databaseNameFor, databaseNamePrefix } from "../../../src/environment/databases.ts";
import { hashPassword } from "../../../src/odoo/passwords.ts";
import { WorkQueue } from "../../../src/refresh/copy/queue.ts";
import { inDependencyOrder, withDependents } from "../../../src/refresh/schema/order.ts";

test("names of databases fit 63 bytes, stay apart, and share their prefix whatever the id", () => {
  expect(databaseNameFor("staging", "new", "12-1")).toBe("staging__new_12-1");
  const long = "ä".repeat(31);
  const names = [`${long}a`, `${long}b`].map((name) => databaseNameFor(name, "failed", "x".repeat(36)));
  expect(names.map((name) => Buffer.byteLength(name) <= 63)).toEqual([true, true]);
  expect(new Set(names).size).toBe(2);
  for (const id of ["1", "12345678901-1"])
    expect(databaseNameFor(long, "new", id).startsWith(databaseNamePrefix(long, "new"))).toBe(true);
});

test("a password is hashed as passlib does", async () => {
  const hash = await hashPassword("password", Buffer.alloc(16, 0x41), 1000);
  expect(hash).toBe(
    "$pbkdf2-sha512$1000$QUFBQUFBQUFBQUFBQUFBQQ$X0Zmg7gPiYSiNSxWER8dMlj1fHCvcMe.xUHSLE6O6tAMJr6ILtmHkD2Ahyov3aie0o825faFq/ceQLTr3vIPdg",
  );
});

const node = (id: string) => ({ node: id, key: id, ddl: "" });
const edge = (dependent: string, required: string) => ({ dependent, required });

test("objects come after what they need, and a circle is named", () => {
  const order = inDependencyOrder(
    [node("view"), node("table"), node("type")],
    [edge("view", "table"), edge("table", "type")],
  );
  expect(order.map((n) => n.node)).toEqual(["type", "table", "view"]);
  expect(() => inDependencyOrder([node("a"), node("b")], [edge("a", "b"), edge("b", "a")])).toThrow(/a -> b -> a/);
  expect([...withDependents(["type"], [edge("view", "table"), edge("table", "type")])]).toEqual([
    "type",
    "table",
    "view",
  ]);
});

test("a queue waits for work that others still add, and ends for all when one fails", async () => {
  const done: number[] = [];
  const queue: WorkQueue<number> = new WorkQueue([3]);
  const work = async (n: number) => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(n);
    if (n > 0) queue.push(n - 1, 0);
  };
  await Promise.all([queue.drain(work), queue.drain(work)]);
  expect(done.sort()).toEqual([0, 0, 0, 0, 1, 2, 3]);
  const failing = new WorkQueue([1, 2, 3]);
  await expect(failing.drain(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  await failing.drain(async () => done.push(9) as never);
  expect(done).not.toContain(9);
});
