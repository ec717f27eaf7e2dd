import { verifyRelease } from "./index.js";

await verifyRelease();
