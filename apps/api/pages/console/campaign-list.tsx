import type { CampaignSummary } from "#db/read-models/campaign-progress";
import { day, Head, Panel, Shell, type ShellModel } from "../components/layout.tsx";

const WORDS: Readonly<Record<string, string>> = {
  draft: "Draft",
  scheduled: "Scheduled",
  planning: "Planning",
  sending: "Sending",
  paused: "Paused",
  cancelled: "Cancelled",
  finished: "Finished",
};

export const campaignWord = (state: string): string => WORDS[state] ?? state;

export const CampaignTable = ({ campaigns }: { campaigns: readonly CampaignSummary[] }) =>
  campaigns.length === 0 ? (
    <p>
      Campaigns will stand here. <a href="/campaigns/new">Write the first one</a>.
    </p>
  ) : (
    <table class="rows">
      <thead>
        <tr>
          <th scope="col">Campaign</th>
          <th scope="col">State</th>
          <th scope="col">From</th>
          <th scope="col">Topic</th>
          <th scope="col">Made</th>
        </tr>
      </thead>
      <tbody>
        {campaigns.map((campaign) => (
          <tr>
            <th scope="row">
              <a href={`/campaigns/${campaign.id}`}>{campaign.name}</a>
            </th>
            <td data-l="State">{campaignWord(campaign.state)}</td>
            <td data-l="From">{campaign.senderName}</td>
            <td data-l="Topic">{campaign.purposeName}</td>
            <td data-l="Made">{day(campaign.createdAt)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );

export const CampaignListPage = ({
  shell,
  campaigns,
  older,
}: {
  shell: ShellModel;
  campaigns: readonly CampaignSummary[];
  older: string | null;
}) => (
  <Shell shell={shell}>
    <Head title="Campaigns">
      <a class="btn go" href="/campaigns/new">
        New campaign
      </a>
    </Head>
    <Panel title="Newest first">
      <CampaignTable campaigns={campaigns} />
      {older === null ? null : (
        <p class="mt">
          <a href={`/campaigns?cursor=${older}`}>Older campaigns</a>
        </p>
      )}
    </Panel>
  </Shell>
);
