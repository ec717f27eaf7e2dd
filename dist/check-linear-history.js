import { checkLinearHistory } from "./index.js";

await checkLinearHistory();
