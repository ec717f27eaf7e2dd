export { checkLinearHistory } from "./actions/check-linear-history.ts";
export { deployOdoo } from "./actions/deploy-odoo.ts";
export { rebaseDevOnStaging } from "./actions/rebase-dev-on-staging.ts";
export { recordEvidence } from "./actions/record-evidence.ts";
export { refreshStagingDb } from "./actions/refresh-staging-db.ts";
export { verifyRelease } from "./actions/verify-release.ts";
export { host } from "./host.ts";
