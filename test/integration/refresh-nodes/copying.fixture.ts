import { copyFilestore } from "../../../src/odoo/filestore.ts";

const [source = "", target = "", ...names] = process.argv.slice(2);
await copyFilestore(source, target, names);
