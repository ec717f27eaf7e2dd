import { deployOdoo } from "./index.js";

await deployOdoo();
