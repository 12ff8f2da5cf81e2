import type { DueRenewal } from "#flow/consent/renewals";
import { day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";

export interface RenewalsModel {
  readonly shown: readonly (DueRenewal & { readonly name: string; readonly purposeName: string })[];
  readonly count: number;
  readonly notAsked: number;
}

/** Whose consent ends soon, and one button that asks those who were not asked. */
export const RenewalsPage = ({ shell, model }: { shell: ShellModel; model: RenewalsModel }) => (
  <Shell shell={shell}>
    <Head
      title="Consent that ends soon"
      meta={[`${number(model.count)} by email`, `${number(model.notAsked)} not asked yet`]}
    />
    <div class="stack">
      <Panel
        title="Ask them to renew"
        foot="Each consent is asked for once. Who does nothing is not asked again: their consent ends."
      >
        {model.notAsked === 0 ? (
          <p>There is nobody to ask.</p>
        ) : (
          <form method="post" action="/renewals">
            <p>
              One service message goes to each address, without any marketing, and only while consent stands.
              At most 200 consents at a time.
            </p>
            <button class="btn go" type="submit">
              Ask {number(Math.min(200, model.notAsked))}
            </button>
          </form>
        )}
      </Panel>
      <Panel title="Ending soon">
        {model.shown.length === 0 ? (
          <p>
            No consent ends soon. <a href="/settings">How many days</a> count as soon is yours to choose.
          </p>
        ) : (
          <table class="rows">
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">Topic</th>
                <th scope="col">Ends</th>
                <th scope="col">Asked</th>
              </tr>
            </thead>
            <tbody>
              {model.shown.map((each) => (
                <tr>
                  <th scope="row">
                    <a href={`/contacts/${each.contactId}`}>{each.name}</a>
                  </th>
                  <td data-l="Topic">{each.purposeName}</td>
                  <td data-l="Ends">{day(each.lapsesAt)}</td>
                  <td data-l="Asked">{each.askedAt === null ? "not yet" : day(each.askedAt)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Panel>
    </div>
  </Shell>
);
