// GitHub's own parser, as the service runs it over a pushed workflow.
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";

interface Parsed {
  context: { errors: { getErrors(): { message: string }[] } };
}

const messages = ({ context }: Parsed) => context.errors.getErrors().map(({ message }) => message);

/** What GitHub would say against a workflow; empty when it accepts it. */
export async function workflowProblems(name: string, content: string): Promise<string[]> {
  const parsed = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  if (parsed.value) await convertWorkflowTemplate(parsed.context, parsed.value);
  return messages(parsed);
}

/** What GitHub would say against an action.yml; empty when it accepts it. */
export function actionProblems(name: string, content: string): string[] {
  return messages(parseAction({ name, content }, new NoOperationTraceWriter()));
}
