import type { CampaignSummary } from "#db/read-models/campaign-progress";
import { Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { CampaignTable } from "./campaign-list.tsx";

export interface HomeFigures {
  readonly contacts: number;
  readonly sending: number;
  readonly optOuts: number;
  readonly late: number;
  readonly unconfirmed: number;
}

/** The title is the state. Zero after opt-out stands with its denominator. */
export const HomePage = ({
  shell,
  figures,
  campaigns,
}: {
  shell: ShellModel;
  figures: HomeFigures;
  campaigns: readonly CampaignSummary[];
}) => (
  <Shell shell={shell}>
    <Head
      title={
        shell.isFrozen
          ? "All contact is frozen"
          : figures.sending === 0
            ? "Nothing is being sent"
            : `${figures.sending} ${figures.sending === 1 ? "campaign is" : "campaigns are"} sending`
      }
    >
      <a class="btn go" href="/campaigns/new">
        New campaign
      </a>
    </Head>
    <div class="stack">
      <div class="grid even">
        <div class="c6">
          <Panel title="Opt-outs">
            <p class="figure xl">
              {number(figures.late)} <small>contacted after opt-out</small>
            </p>
            <p class="small muted mt">of {number(figures.optOuts)} people who pressed stop.</p>
          </Panel>
        </div>
        <div class="c6">
          <Panel title="People">
            <p class="figure xl">
              {number(figures.contacts)} <small>people</small>
            </p>
            <p class="small muted mt">
              <a href="/contacts">Look someone up</a> · {number(figures.unconfirmed)} hand-overs unconfirmed
            </p>
          </Panel>
        </div>
      </div>
      <Panel title="Newest campaigns">
        <CampaignTable campaigns={campaigns} />
      </Panel>
    </div>
  </Shell>
);
