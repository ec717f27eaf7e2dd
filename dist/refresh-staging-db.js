import { refreshStagingDb } from "./index.js";

await refreshStagingDb();
