import type { FieldProblem } from "#flow/field-problems";

/** What is wrong with a form, by field, and what did not happen because of it. Nothing when nothing is. */
export const Problems = ({ title, problems }: { title: string; problems: readonly FieldProblem[] }) =>
  problems.length === 0 ? null : (
    <div class="note is-blocked" role="alert">
      <div>
        <p>
          <strong>{title}</strong>
        </p>
        <ul>
          {problems.map((problem) => (
            <li>
              <code>{problem.path}</code> {problem.message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
