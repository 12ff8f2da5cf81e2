import { PRIVACY_REQUEST_KINDS } from "#core/rights/deadlines";
import type { RETENTION } from "#core/rights/retention";
import { Frame, ownAddress, type Speaker } from "../public/frame.tsx";
import type { PrivacyReader } from "./frame.tsx";

/** What the page of a sender is made from: its purposes, sources and retention. */
export interface CentreModel extends Speaker {
  readonly legalBasis: "consent-only" | "law";
  readonly purposes: readonly { readonly name: string; readonly description: string }[];
  readonly sources: readonly string[];
  readonly days: Readonly<Record<keyof typeof RETENTION, number>>;
}

const KEPT = ["inactive-contacts", "contact-history", "import-files", "privacy-request-texts"] as const;

/** What is kept, why, how long, how it is protected, and how to use one's rights. */
export const CentrePage = ({ reader, model }: { reader: PrivacyReader; model: CentreModel }) => {
  const { words } = reader;
  return (
    <Frame reader={reader} speaker={model} title={words.title(model.senderName)}>
      <h1>{words.title(model.senderName)}</h1>
      <p>{words.intro(model.senderName)}</p>
      <p>
        <a href="#request">{words.formTitle}</a>
      </p>
      <h2>{words.whatTitle}</h2>
      <Lines lines={words.what} />
      <h2>{words.whyTitle}</h2>
      <ul class="plain">
        {model.purposes.map((purpose) => (
          <li>
            <strong>{purpose.name}</strong>: {purpose.description}
          </li>
        ))}
      </ul>
      <p>{model.legalBasis === "law" ? words.byLaw : words.consentOnly}</p>
      <h2>{words.sourcesTitle}</h2>
      <Lines
        lines={[
          words.fromYou,
          ...(model.sources.length === 0 ? [] : [words.fromOthers(model.sources.join(", "))]),
        ]}
      />
      <h2>{words.longTitle}</h2>
      <Lines
        lines={[
          ...KEPT.map((dataClass) => words.keptDays[dataClass](model.days[dataClass])),
          words.keptProof,
        ]}
      />
      <h2>{words.safeTitle}</h2>
      <Lines lines={words.safe} />
      <h2>{words.rightsTitle}</h2>
      <p>{words.clock}</p>
      <p>{words.complain}</p>
      <RequestForm reader={reader} />
    </Frame>
  );
};

const Lines = ({ lines }: { lines: readonly string[] }) => (
  <ul class="plain">
    {lines.map((line) => (
      <li>{line}</li>
    ))}
  </ul>
);

const RequestForm = ({ reader }: { reader: PrivacyReader }) => {
  const { words } = reader;
  return (
    <>
      <h2 id="request">{words.formTitle}</h2>
      <form method="post" action={ownAddress(reader)}>
        <fieldset class="pick">
          <legend>
            <strong>{words.formWish}</strong>
          </legend>
          {PRIVACY_REQUEST_KINDS.map((kind) => (
            <>
              <label for={`kind-${kind}`}>
                <input
                  type="radio"
                  id={`kind-${kind}`}
                  name="kind"
                  value={kind}
                  required
                  aria-describedby={`about-${kind}`}
                />
                <span>{words.kinds[kind].title}</span>
              </label>
              <p class="small muted" id={`about-${kind}`}>
                {words.kinds[kind].text}
              </p>
            </>
          ))}
        </fieldset>
        <p class="field">
          <label for="value">{words.formValue}</label>
          <input
            class="input"
            id="value"
            name="value"
            maxlength={254}
            required
            autocomplete="email"
            aria-describedby="value-hint"
          />
          <span class="small muted" id="value-hint">
            {words.formValueHint}
          </span>
        </p>
        <p class="field">
          <label for="details">{words.formDetails}</label>
          <textarea class="input" id="details" name="details" rows={3} maxlength={2000}></textarea>
        </p>
        <p class="field">
          <label for="agent">{words.formAgent}</label>
          <input class="input" id="agent" name="agent" maxlength={500} aria-describedby="agent-hint" />
          <span class="small muted" id="agent-hint">
            {words.formAgentHint}
          </span>
        </p>
        <p hidden>
          <label for="website">{words.formLeaveEmpty}</label>
          <input id="website" name="website" tabindex={-1} autocomplete="off" />
        </p>
        <button class="btn go mt2" type="submit">
          {words.formSend}
        </button>
      </form>
    </>
  );
};
