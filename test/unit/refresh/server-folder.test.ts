import { expect, test } from "vitest";
import { folderOf, isTitleOf } from "../../../src/refresh/source/server-folder.ts";

test.each<[string[], string | undefined]>([
  [
    ["/usr/lib/postgresql/16/bin/postgres", "-D", "/var/lib/postgresql/16/main", "-c", "config_file=/etc/x"],
    "/var/lib/postgresql/16/main",
  ],
  [["/usr/bin/postgres", "-D/var/lib/pgsql/data", ""], "/var/lib/pgsql/data"],
  [["postgres", "-D", "data"], undefined],
  [["postgres", ""], undefined],
  [["postgres", "-D"], undefined],
  [[""], undefined],
])("the command line %j has the data in %s", (words, folder) => {
  expect(folderOf(words)).toBe(folder);
});

test.each<[string, boolean]>([
  ["postgres: odoo postgres 127.0.0.1(40000) idle", true],
  ["postgres: 16/main: odoo postgres [local] SELECT", true],
  ["postgres: odoo staging [local] idle", false],
  ["postgres: admin postgres [local] idle", false],
  ["/usr/bin/python3 odoo postgres [local]", false],
  ["", false],
])("a process that is called %j is the backend: %s", (title, is) => {
  expect(isTitleOf({ pid: 1, user: "odoo", database: "postgres" }, title)).toBe(is);
});
