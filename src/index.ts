export { checkLinearHistory } from "./actions/check-linear-history.ts";
export { rebaseDevOnStaging } from "./actions/rebase-dev-on-staging.ts";
export { recordEvidence } from "./actions/record-evidence.ts";
export { verifyRelease } from "./actions/verify-release.ts";
