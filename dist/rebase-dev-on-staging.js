import { rebaseDevOnStaging } from "./index.js";

await rebaseDevOnStaging();
