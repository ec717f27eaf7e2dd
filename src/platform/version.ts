/** The version of the pipeline, as in package.json; records name it. */
export const VERSION = "0.1.0";
