import { homedir, userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { interpretOdooConfig } from "../../../src/odoo/config.ts";

const read = (text: string) => interpretOdooConfig(text, "/srv/odoo/x/odoo.conf");

test("a usual file", () => {
  const config = read(`
[options]
; comment
# another
admin_passwd = secret = with = signs
db_host = 10.0.0.5
db_port: 5433
DB_USER = odoo
db_password = p#w;d
db_name = prod
db_sslmode = require
addons_path = /srv/odoo/x/current/addons,
    ~/extra ,
    relative
data_dir = /srv/data
http_port = 8070
http_interface = 127.0.0.1
workers = 4
[queue_job]
workers = 9
`);
  expect(config).toMatchObject({
    connection: {
      ...{ host: "10.0.0.5", port: 5433, user: "odoo", password: "p#w;d", database: "prod", tls: { mode: "require" } },
    },
    ...{
      dbName: "prod",
      dataDir: "/srv/data",
      httpPort: 8070,
      httpInterface: "127.0.0.1",
      workers: 4,
      geventPort: 8072,
    },
    addonsPath: ["/srv/odoo/x/current/addons", `${homedir()}/extra`, "/srv/odoo/x/relative"],
  });
});

test("what Odoo writes for what is not set", () => {
  const config = read(
    "[options]\ndb_name = x\ndb_host = False\ndb_port = False\ndb_password = False\ndb_user = None\nhttp_interface =\n",
  );
  expect(config.connection).toEqual({
    host: "/var/run/postgresql",
    port: 5432,
    user: userInfo().username,
    database: "x",
  });
  expect(config).toMatchObject({ httpInterface: "", httpPort: 8069, addonsPath: [], workers: 0 });
});

test("names of older series", () => {
  expect(read("[options]\ndb_name=x\nxmlrpc_port=1234\nlongpolling_port=1235")).toMatchObject({
    httpPort: 1234,
    geventPort: 1235,
  });
});

describe("refuses", () => {
  test.each([
    ["no database", "[options]\n", "has no db_name"],
    ["no section", "db_name = x\n", "has no db_name"],
    ["several databases", "[options]\ndb_name = a,b\n", "several databases"],
    ["a port that is none", "[options]\ndb_name = a\nhttp_port = web\n", "http_port"],
  ])("%s", (_name, text, words) => {
    expect(() => read(text)).toThrow(words);
  });
});
