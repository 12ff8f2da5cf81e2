import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ZodError } from "zod";
import { type FieldProblem, fieldProblems } from "#flow/field-problems";

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

/** There is no such thing, or it is another workspace's: the answer does not tell which. */
export const missing = (what: string): Problem =>
  new Problem(404, `There is no such ${what} in this workspace`);

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
  const isUnknown = error.issues.every((issue) => issue.code === "unrecognized_keys");
  return new Problem(
    400,
    isUnknown ? "There are unknown fields" : "Some fields are not valid",
    fieldProblems(error),
  );
}
