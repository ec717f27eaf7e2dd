// The two forms of ids by which runs name what they make. Databases are dropped by them, so they are exact: whatever else
// stands where an id would was written by a person.

/** `<run id>-<attempt>` of GitHub. */
const REFRESH = /^\d{1,20}-\d{1,10}$/;
/** Time of the start (UTC), commit, and what tells two of one second apart. */
const DEPLOYMENT = /^\d{8}t\d{6}-[0-9a-f]{12}-[0-9a-f]{4}$/;

/** Whether text is the id of a refresh: "19645012345-1". */
export function isRefreshId(text: string): boolean {
  return REFRESH.test(text);
}

/** Whether text is the id of a deployment: "20261125t190000-0123456789ab-1f2e". */
export function isDeploymentId(text: string): boolean {
  return DEPLOYMENT.test(text);
}
