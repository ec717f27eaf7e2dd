import { host } from "./index.js";

await host(process.argv.slice(2));
