import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ZodError } from "zod";

/** One field that is wrong: where it is (a JSON pointer) and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

const TITLES: Readonly<Record<number, string>> = {
  400: "The request cannot be read",
  401: "A valid API key is needed",
  403: "That is not allowed",
  404: "Not found",
  409: "That does not fit the present state",
  413: "The request is too large",
  415: "The content type is not supported",
  422: "The request cannot be accepted",
  429: "Too many requests",
  500: "Something failed on our side",
  503: "Not available just now",
};

/** An answer that is a problem (RFC 9457). Thrown where an answer cannot be given any more. */
export class Problem extends Error {
  readonly status: ContentfulStatusCode;
  readonly errors: readonly FieldProblem[];

  constructor(status: ContentfulStatusCode, detail: string, errors: readonly FieldProblem[] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** What kind of problem this is, in words. */
export const titleOf = (problem: Problem): string => TITLES[problem.status] ?? "Problem";

/** The RFC 9457 body of a problem. */
export function problemAnswer(context: Context, problem: Problem): Response {
  return context.body(
    JSON.stringify({
      type: "about:blank",
      title: titleOf(problem),
      status: problem.status,
      detail: problem.message,
      ...(problem.errors.length === 0 ? {} : { errors: problem.errors }),
    }),
    problem.status,
    { "content-type": "application/problem+json" },
  );
}

/** A failed check of a request, each field by its path. Values are not repeated: they may be personal. */
export function checkFailed(error: ZodError): Problem {
  const errors = error.issues.flatMap((issue) => fieldsOf(issue, []));
  const isUnknown = error.issues.every((issue) => issue.code === "unrecognized_keys");
  return new Problem(400, isUnknown ? "There are unknown fields" : "Some fields are not valid", errors);
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
