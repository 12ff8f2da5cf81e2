import type { OpenSignUp } from "#flow/consent/open-sign-up";
import { masked } from "#flow/contacts/masked";
import { OneButton, ownAddress, PublicPage, type Reader } from "./frame.tsx";

/** What the button behind a confirmation link confirms, in the words that were shown. Looking changes nothing. */
export const ConfirmPage = ({ reader, open }: { reader: Reader; open: OpenSignUp }) => {
  const { confirm, common } = reader.words;
  const title = confirm.title(open.speaker.senderName);
  const hasPhone = open.wishes.some(({ wish }) => wish.channel === "phone");
  return (
    <PublicPage reader={reader} speaker={open.speaker} title={title}>
      <h1>{title}</h1>
      <p>
        {confirm.where} <strong class="nowrap">{masked(open.address)}</strong>.
      </p>
      <p>{confirm.agree}</p>
      <ul class="plain">
        {open.wishes.map(({ wish, purposeName, notice }) => (
          <li>
            <strong>
              {purposeName}, {common.by[wish.channel]}
            </strong>
            {notice === null ? null : (
              <>
                {": "}
                <q lang={notice.language}>{notice.wording}</q>
              </>
            )}
          </li>
        ))}
      </ul>
      {hasPhone ? <p>{confirm.phone}</p> : null}
      <OneButton action={ownAddress(reader)} fields={{ confirm: "yes" }} kind="go">
        {confirm.button}
      </OneButton>
      <p class="small muted">{confirm.notYou}</p>
    </PublicPage>
  );
};
