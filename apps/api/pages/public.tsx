import type { Child } from "hono/jsx";
import { Document } from "./components/layout.tsx";

/** What the public pages say about a sender: its name on top, never ours. */
export interface PublicModel {
  readonly senderName: string;
  readonly postalAddress: string;
  readonly purposeName: string;
  readonly maskedAddress: string;
  /** Where the page's own forms go: its own address. */
  readonly action: string;
}

const PublicPage = ({
  model,
  title,
  children,
}: {
  model: Pick<PublicModel, "senderName" | "postalAddress">;
  title: string;
  children?: Child;
}) => (
  <Document title={`${title} - ${model.senderName}`} pub>
    <header>
      <span class="who">{model.senderName}</span>
    </header>
    <main id="main">{children}</main>
    <footer>
      <p>{model.postalAddress}</p>
    </footer>
  </Document>
);

/** Asks; changes nothing. One filled button for the topic, everything below it. */
export const UnsubscribePage = ({ model }: { model: PublicModel }) => (
  <PublicPage model={model} title={`Stop “${model.purposeName}” by email?`}>
    <h1>Stop “{model.purposeName}” by email?</h1>
    <p>
      You get it at <strong class="nowrap">{model.maskedAddress}</strong>.
    </p>
    <p>Nothing has changed yet. It stops when you press the button.</p>
    <form method="post" action={model.action}>
      <input type="hidden" name="scope" value="topic" />
      <button class="btn go" type="submit">
        Stop “{model.purposeName}”
      </button>
    </form>
    <h2>Or stop more</h2>
    <p>This covers everything sent to this address by email.</p>
    <form method="post" action={model.action}>
      <input type="hidden" name="scope" value="everything" />
      <button class="btn" type="submit">
        Stop everything
      </button>
    </form>
    <p class="small muted">
      Was this message forwarded to you? Then this page is about somebody else. Close it, and nothing changes.
    </p>
  </PublicPage>
);

export interface StoppedModel extends PublicModel {
  readonly scope: "topic" | "everything";
  readonly inFlight: number;
  readonly undoNonce: string | null;
}

/** Says what was stopped, since when, what may still arrive, and offers the one-time undo. */
export const StoppedPage = ({ model }: { model: StoppedModel }) => (
  <PublicPage model={model} title="Stopped">
    <h1 role="status">
      {model.scope === "everything" ? "Everything is stopped" : `“${model.purposeName}” is stopped`}
    </h1>
    <p>
      {model.inFlight === 0
        ? "From this moment no more is sent to you."
        : `${model.inFlight} ${model.inFlight === 1 ? "message was" : "messages were"} already on the way and may still arrive. After that, no more is sent to you.`}
    </p>
    <p>
      <a href={`${model.action}/receipt`} download="stop-receipt.json">
        Save a signed receipt
      </a>
    </p>
    {model.scope === "topic" ? (
      <form method="post" action={model.action}>
        <input type="hidden" name="scope" value="everything" />
        <button class="btn" type="submit">
          Stop everything
        </button>
      </form>
    ) : null}
    {model.undoNonce === null ? null : (
      <>
        <h2>Pressed by mistake?</h2>
        <p>You can take this back once, within 15 minutes.</p>
        <form method="post" action={model.action}>
          <input type="hidden" name="undo" value={model.undoNonce} />
          <button class="btn" type="submit">
            Undo
          </button>
        </form>
      </>
    )}
  </PublicPage>
);

export const UndonePage = ({ model, undone }: { model: PublicModel; undone: boolean }) => (
  <PublicPage model={model} title={undone ? "Undone" : "Not undone"}>
    <h1 role="status">{undone ? "It is as it was before" : "This can no longer be undone here"}</h1>
    <p>
      {undone
        ? `You get “${model.purposeName}” again. You can stop it at any time with the link in any message.`
        : "An undo works once and for 15 minutes. What you stopped stays stopped."}
    </p>
  </PublicPage>
);

/** The same for every link that is not one of ours, whatever is wrong with it. */
export const InvalidLinkPage = () => (
  <Document title="This link does not work" pub>
    <main id="main">
      <h1>This link does not work</h1>
      <p>It may have been cut off on its way. Nothing was changed.</p>
      <p>Use the link in a newer message, or answer the message and say that you want it to stop.</p>
    </main>
  </Document>
);
