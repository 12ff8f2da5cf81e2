import type { OpenContact } from "#flow/contacts/contacts";
import { Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { nameOf } from "../components/person.tsx";

/** What will happen, before it happens. */
export const ErasePage = ({ shell, contact }: { shell: ShellModel; contact: OpenContact }) => (
  <Shell shell={shell}>
    <Head title={`Erase ${nameOf(contact)}?`} />
    <div class="stack">
      {contact.record.erasedAt === null ? (
        <>
          <Panel title="What happens">
            <ul>
              <li>From the answer on no message is sent to them and no number of theirs is shown.</li>
              <li>Name, addresses, numbers and attributes are destroyed. Nobody can bring them back.</li>
              <li>
                What uploaded files, stored answers and captured messages say of them goes with it. In the
                file of refused rows only the row number and the reason stay.
              </li>
              <li>Their purchases and contracts with your senders are deleted.</li>
            </ul>
          </Panel>
          <Panel title="What stays">
            <ul>
              <li>
                A keyed digest of each address and number, so that no import and no request to the API brings
                them back. Only they themselves can, with a confirmed sign-up.
              </li>
              <li>
                The consent ledger and the decisions, without a name: they prove what was allowed and why.
              </li>
            </ul>
          </Panel>
          <form method="post" action={`/contacts/${contact.record.id}/erase`}>
            <button class="btn stop" type="submit">
              Erase for good
            </button>{" "}
            <a href={`/contacts/${contact.record.id}`}>Keep</a>
          </form>
        </>
      ) : (
        <p>This person was erased. Nothing that names them is left.</p>
      )}
    </div>
  </Shell>
);

export const ErasedPage = ({ shell, inFlight }: { shell: ShellModel; inFlight: number }) => (
  <Shell shell={shell}>
    <Head title="Erased" />
    <p role="status">
      {inFlight === 0
        ? "From this moment no more is sent to them, and nothing that names them is left."
        : `${inFlight} ${inFlight === 1 ? "message was" : "messages were"} already on the way and may still arrive. Nothing that names them is left here.`}
    </p>
    <p>
      <a href="/contacts">All contacts</a>
    </p>
  </Shell>
);
