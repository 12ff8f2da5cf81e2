import type { Child } from "hono/jsx";

/** A labelled control with, where it needs one, a hint below it. Without a control of its own it is an input. */
export const Field = ({
  id,
  label,
  value,
  hint,
  type,
  inputmode,
  step,
  required,
  children,
}: {
  id: string;
  label: string;
  value?: string;
  hint?: string;
  type?: "date" | "time" | "datetime-local";
  inputmode?: "decimal" | "numeric";
  step?: string;
  required?: boolean;
  children?: Child;
}) => (
  <div class="field">
    <label for={id}>{label}</label>
    {children ?? (
      <input
        id={id}
        name={id}
        value={value ?? ""}
        {...(type === undefined ? {} : { type })}
        {...(inputmode === undefined ? {} : { inputmode })}
        {...(step === undefined ? {} : { step })}
        {...(required === true ? { required } : {})}
        {...(hint === undefined ? {} : { "aria-describedby": `${id}-hint` })}
      />
    )}
    {hint === undefined ? null : (
      <span class="hint" id={`${id}-hint`}>
        {hint}
      </span>
    )}
  </div>
);
