// Writes the JSON schema of the pipeline file, which editors use for completion; a contract test keeps it current.
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { pipelineSchema } from "../src/environment/pipeline-schema.ts";

/** Where the schema is published, relative to the repository. */
export const SCHEMA_FILE = "action-templates/odoo-pipeline.schema.json";

/** The JSON schema (draft 2020-12) of what a team writes, before defaults and conversions. */
export function pipelineJsonSchema(): string {
  const schema = z.toJSONSchema(pipelineSchema, { io: "input" });
  return `${JSON.stringify({ title: "Odoo Release Pipeline: .github/odoo-pipeline.yml", ...schema }, null, 2)}\n`;
}

if (import.meta.main) writeFileSync(new URL(`../${SCHEMA_FILE}`, import.meta.url), pipelineJsonSchema());
