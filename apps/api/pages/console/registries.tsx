import type { RegistryStatus } from "#flow/registries/registries";
import { State } from "../components/icon.tsx";
import { day, Head, number, Panel, Shell, type ShellModel } from "../components/layout.tsx";
import { SettingsNav } from "./settings.tsx";

/** The do-not-call lists the gate reads: the date of each copy, and how long it may still be relied on. */
export const RegistriesPage = ({ shell, lists }: { shell: ShellModel; lists: readonly RegistryStatus[] }) => (
  <Shell shell={shell}>
    <Head title="Do-not-call lists" meta={["Copies of lists that others keep. They come through the API."]} />
    <div class="stack">
      <SettingsNav current="registries" />
      <Panel
        title="Lists and their copies"
        foot="Without a copy that is fresh enough nobody whom the list protects is called. Email is not concerned."
      >
        <table class="rows">
          <thead>
            <tr>
              <th scope="col">List</th>
              <th scope="col">Copy</th>
              <th scope="col">Of</th>
              <th scope="col">Numbers</th>
              <th scope="col">At most</th>
              <th scope="col">Source</th>
            </tr>
          </thead>
          <tbody>
            {lists.map((list) => (
              <tr>
                <th scope="row" data-l="List">
                  <code>{list.registryId}</code>
                </th>
                <td data-l="Copy">
                  <Freshness list={list} />
                </td>
                <td data-l="Of" class="nowrap">
                  {list.asOf === null ? "" : day(list.asOf)}
                </td>
                <td data-l="Numbers" class="num">
                  {list.asOf === null ? "" : number(list.numbers)}
                </td>
                <td data-l="At most" class="nowrap">
                  {days(list.daysMax)} old
                </td>
                <td data-l="Source" class="small">
                  {list.citation}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Panel>
    </div>
  </Shell>
);

const days = (count: number): string => (count === 1 ? "1 day" : `${number(count)} days`);

const Freshness = ({ list }: { list: RegistryStatus }) => {
  if (list.daysLeft === null) return <State state="block" word="No whole copy" />;
  if (list.daysLeft < 0) return <State state="block" word={`Too old by ${days(-list.daysLeft)}`} />;
  return (
    <State
      state="allow"
      word={list.daysLeft === 0 ? "Fresh until today" : `Fresh, ${days(list.daysLeft)} left`}
    />
  );
};
