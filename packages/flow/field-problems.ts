import type { ZodError } from "zod";

/** One field that is wrong: where it is (a JSON pointer, empty for the whole) and what is wrong with it. */
export interface FieldProblem {
  readonly path: string;
  readonly message: string;
}

/** A failed check, each field by its path. Values are not repeated: they may be personal. */
export function fieldProblems(error: ZodError): FieldProblem[] {
  return error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ path: pointer([...issue.path, key]), message: "is not a known field" }))
      : [{ path: pointer(issue.path), message: issue.message }],
  );
}

const pointer = (path: readonly PropertyKey[]): string =>
  `/${path.map((part) => String(part).replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;
