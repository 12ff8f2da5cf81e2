import type { FormRecord } from "#db/queries/forms";
import { State } from "../components/icon.tsx";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { linkTo } from "./snippet.ts";

export interface FormView {
  readonly form: FormRecord;
  readonly senderName: string;
  readonly url: string;
  /** Purpose and channel of each box, in words. */
  readonly boxes: readonly string[];
  /** The HTML to embed, per language; empty while the form is off. */
  readonly snippets: readonly { readonly language: string; readonly name: string; readonly html: string }[];
}

/** The workspace's sign-up forms: where each stands, what it offers, and the HTML for the sender's own site. */
export const FormListPage = ({ shell, forms }: { shell: ShellModel; forms: readonly FormView[] }) => (
  <Shell shell={shell}>
    <Head title="Sign-up forms" meta={["Nothing is sent before the person has confirmed"]}>
      <a class="btn go" href="/forms/new">
        New form
      </a>
    </Head>
    <div class="stack">
      {forms.length === 0 ? (
        <Panel title="No form yet">
          <p>
            A form stands here once it is made: it offers purposes of one sender, each box beside the{" "}
            <a href="/settings/notices">notice</a> that people agree to.
          </p>
        </Panel>
      ) : (
        forms.map((view) => <FormPanel view={view} />)
      )}
    </div>
  </Shell>
);

const FormPanel = ({ view }: { view: FormView }) => (
  <Panel title={view.form.name} end={view.senderName}>
    <p>
      <State
        state={view.form.isActive ? "allow" : "cancelled"}
        word={view.form.isActive ? "Takes sign-ups" : "Switched off"}
      />
    </p>
    <ul>
      {view.boxes.map((box) => (
        <li>{box}</li>
      ))}
    </ul>
    {view.form.isActive ? (
      <>
        <p class="mt">
          <a href={view.url}>Open the page</a> or link to it: <code class="wrap">{view.url}</code>
        </p>
        {view.snippets.map((snippet) => (
          <details class="more">
            <summary>HTML for your own site, {snippet.name}</summary>
            <pre class="code" tabindex={0}>
              <code>{snippet.html}</code>
            </pre>
          </details>
        ))}
        <details class="more">
          <summary>A link for your own site</summary>
          <pre class="code" tabindex={0}>
            <code>{linkTo(view.url, view.senderName)}</code>
          </pre>
        </details>
      </>
    ) : null}
    <form method="post" action={`/forms/${view.form.id}`} class="acts mt">
      <a class="btn" href={`/forms/${view.form.id}/edit`}>
        Edit<span class="sr"> {view.form.name}</span>
      </a>
      <a class="btn" href={`/forms/${view.form.id}/preview`}>
        Preview<span class="sr"> {view.form.name}</span>
      </a>
      <input type="hidden" name="active" value={view.form.isActive ? "no" : "yes"} />
      <button class={view.form.isActive ? "btn stop" : "btn"} type="submit">
        {view.form.isActive ? "Switch off" : "Switch on"}
      </button>
    </form>
  </Panel>
);
