import { recordEvidence } from "./index.js";

await recordEvidence();
