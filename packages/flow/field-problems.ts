import type { ZodError } from "zod";

/** One field that is wrong: where it is (a JSON pointer, empty for the whole) and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/**
 * A failed check, each field by its path. Values are not repeated: they may be personal. Where a field may take several
 * forms, the problems are those of the form it comes nearest to.
 */
export function fieldProblems(error: ZodError): FieldProblem[] {
  return error.issues.flatMap((issue) => fieldsOf(issue, []));
}

type Issue = ZodError["issues"][number];

function fieldsOf(issue: Issue, above: readonly PropertyKey[]): FieldProblem[] {
  const path = [...above, ...issue.path];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: pointer([...path, key]), message: "is not a known field" }));
  const nearest = issue.code === "invalid_union" ? nearestForm(issue.errors) : null;
  if (nearest !== null) return nearest.flatMap((each) => fieldsOf(each, path));
  return [{ path: pointer(path), message: issue.message }];
}

/** Of several forms, the one least is wrong with; null when the value is not even of the right type for any. */
function nearestForm(forms: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const close = forms.filter((issues) => !issues.some((each) => each.path.length === 0 && isTypeIssue(each)));
  const wrong = (issues: readonly Issue[]) =>
    issues.reduce((sum, each) => sum + (each.code === "unrecognized_keys" ? 2 * each.keys.length : 1), 0);
  return close.reduce<readonly Issue[] | null>(
    (best, issues) => (best === null || wrong(issues) < wrong(best) ? issues : best),
    null,
  );
}

const isTypeIssue = (issue: Issue) => issue.code === "invalid_type" || issue.code === "invalid_union";

const pointer = (path: readonly PropertyKey[]): string =>
  `/${path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
