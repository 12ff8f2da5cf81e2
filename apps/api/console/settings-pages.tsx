import type { Context } from "hono";
import { inWorkspace, readClock } from "#db/database";
import { readWorkspacePolicy } from "#db/queries/policy";
import { readCopies } from "#db/queries/registries";
import { readSenders, type SenderRecord } from "#db/queries/senders";
import { auditTrail } from "#db/read-models/audit-trail";
import { movingCampaigns } from "#db/read-models/campaign-progress";
import type { FieldProblem } from "#flow/field-problems";
import { type PolicyItem, policyItems } from "#flow/policy/merge-policy";
import { POLICY_CHANGE } from "#flow/policy/policy-schema";
import { changeWorkspacePolicy } from "#flow/policy/workspace-policy";
import { registryStatus } from "#flow/registries/registries";
import { changeSender, type SenderChange } from "#flow/senders/change-sender";
import type { Services } from "../context.ts";
import { textOf } from "../form-fields.ts";
import { RegistriesPage } from "../pages/console/registries.tsx";
import { changeOf, SettingChangePage } from "../pages/console/setting-change.tsx";
import { kindOf, readSetting } from "../pages/console/setting-value.ts";
import { SettingsPage } from "../pages/console/settings.tsx";
import { checkFailed, missing, Problem } from "../problem.ts";
import { type ConsolePages, demandOwner, type Visit } from "./guard.ts";

const HISTORY_MAX = 200;
const SHOWN_MAX = 20;
const ACTIONS = ["policy-changed", "sender-changed"];

/** Where a change is made: on the workspace, or on one of its senders. */
interface Place {
  readonly workspaceId: string;
  readonly sender: SenderRecord | null;
  readonly senders: readonly SenderRecord[];
  readonly stored: Readonly<Record<string, unknown>>;
}

/** Settings in the console: shown with their origin, and changed after it was shown what the change will do. */
export function settingsPages(pages: ConsolePages, { deps }: Services): void {
  const placeOf = async (visit: Visit, senderId: string | undefined): Promise<Place> => {
    const { workspaceId } = visit.user;
    const { senders, stored } = await inWorkspace(deps.database, workspaceId, async (tx) => ({
      senders: await readSenders(tx),
      stored: await readWorkspacePolicy(tx, workspaceId),
    }));
    const sender = senders.find((each) => each.id === senderId) ?? null;
    if (senderId !== undefined && sender === null) throw missing("sender");
    return { workspaceId, sender, senders, stored };
  };
  const historyOf = ({ workspaceId, sender }: Place) =>
    inWorkspace(deps.database, workspaceId, (tx) =>
      auditTrail(tx, [sender?.id ?? workspaceId], ACTIONS, HISTORY_MAX),
    );
  const overview = async (context: Context, visit: Visit) => {
    const place = await placeOf(visit, context.req.param("senderId"));
    const history = await historyOf(place);
    const settings = policyItems(place.stored, place.sender).map((item) => ({
      item,
      lastChange: history.find((entry) => changeOf(entry, item.key) !== null) ?? null,
    }));
    const { sender, senders } = place;
    const inFlight = inFlightOf(context);
    return context.html(
      String(
        <SettingsPage
          shell={visit.shell("Settings", "settings")}
          model={{ sender, senders, settings, inFlight }}
        />,
      ),
    );
  };
  pages.get("/settings", overview);
  pages.get("/settings/senders/:senderId", overview);
  pages.get("/settings/registries", async (context, visit) => {
    const { now, lists } = await inWorkspace(deps.database, visit.user.workspaceId, async (tx) => {
      const at = await readClock(tx);
      return { now: at, lists: registryStatus(await readCopies(tx), at) };
    });
    return context.html(
      String(<RegistriesPage shell={visit.shell("Do-not-call lists", "settings")} now={now} lists={lists} />),
    );
  });

  const changePage = async (
    context: Context,
    visit: Visit,
    place: Place,
    item: PolicyItem,
    answer: { readonly problems?: readonly FieldProblem[]; readonly asked?: Asked },
  ) => {
    const history = (await historyOf(place)).filter((entry) => changeOf(entry, item.key) !== null);
    const { sender } = place;
    const problems = answer.problems ?? [];
    const asked = answer.asked ?? null;
    return context.html(
      String(
        <SettingChangePage
          shell={visit.shell("Setting", "settings")}
          model={{ sender, item, history: history.slice(0, SHOWN_MAX), problems, asked }}
        />,
      ),
      problems.length === 0 ? 200 : 422,
    );
  };
  for (const path of ["/settings/:key", "/settings/senders/:senderId/:key"]) {
    pages.get(path, async (context, visit) => {
      const place = await placeOf(visit, context.req.param("senderId"));
      return changePage(context, visit, place, itemOf(place, context.req.param("key")), {});
    });
    pages.post(path, async (context, visit) => {
      demandOwner(visit);
      const place = await placeOf(visit, context.req.param("senderId"));
      const item = itemOf(place, context.req.param("key"));
      const form = await context.req.parseBody();
      const text = textOf(form, "value");
      const change = changeAsked(place, item, text);
      if (change.kind === "problems")
        return changePage(context, visit, place, item, { problems: change.problems });
      if (form["confirmed"] !== "yes") {
        const asked = await askedOf(place, item, text, change);
        return changePage(context, visit, place, item, { asked });
      }
      const { workspaceId, userId: actor } = visit.user;
      const { sender } = place;
      const answer =
        sender === null
          ? await changeWorkspacePolicy(deps, { workspaceId, actor, change: change.policy })
          : await changeSender(deps, { workspaceId, actor, senderId: sender.id, change: change.onSender });
      if (answer === null) throw missing("sender");
      const back = sender === null ? "/settings" : `/settings/senders/${sender.id}`;
      return context.redirect(`${back}?inFlight=${answer.inFlight}`, 303);
    });
  }

  const askedOf = async (
    place: Place,
    item: PolicyItem,
    text: string,
    change: CheckedChange,
  ): Promise<Asked> => {
    const { sender, senders } = place;
    const exempt = sender === null ? senders.filter((each) => Object.hasOwn(each.policy, item.key)) : [];
    const exemptIds = new Set(exempt.map((each) => each.id));
    const moving = await inWorkspace(deps.database, place.workspaceId, (tx) => movingCampaigns(tx));
    const touched = moving.filter(({ senderId }) =>
      sender === null ? !exemptIds.has(senderId) : senderId === sender.id,
    );
    return { text, value: change.value, touched, exempt: exempt.map((each) => each.name) };
  };
}

type Asked = NonNullable<Parameters<typeof SettingChangePage>[0]["model"]["asked"]>;

interface CheckedChange {
  readonly kind: "checked";
  readonly policy: ReturnType<typeof POLICY_CHANGE.parse>;
  readonly onSender: SenderChange;
  /** What will be in force. */
  readonly value: unknown;
}

type AskedChange = CheckedChange | { readonly kind: "problems"; readonly problems: readonly FieldProblem[] };

/** What a form asks for, checked by the schema that the API checks with. */
function changeAsked({ sender, stored }: Place, item: PolicyItem, text: string): AskedChange {
  const value = readSetting(item.key, kindOf(item.key, item.default), text);
  if (item.key === "legalBasis") {
    if (value !== "consent-only" && value !== "law")
      return { kind: "problems", problems: [{ path: "/value", message: "choose consent-only or law" }] };
    return { kind: "checked", policy: {}, onSender: { legalBasis: value }, value };
  }
  const checked = POLICY_CHANGE.safeParse({ [item.key]: value });
  if (!checked.success) return { kind: "problems", problems: checkFailed(checked.error).errors };
  const fallback = sender === null ? item.default : (stored[item.key] ?? item.default);
  const policy = checked.data;
  return { kind: "checked", policy, onSender: { policy }, value: value ?? fallback };
}

function itemOf({ stored, sender }: Place, key: string | undefined): PolicyItem {
  const item = policyItems(stored, sender).find((each) => each.key === key);
  if (item === undefined || !item.settableOn.includes(sender === null ? "workspace" : "sender"))
    throw new Problem(404, "There is no such setting here");
  return item;
}

/** What the redirect after a change says was still on the wire. */
export function inFlightOf(context: Context): number | null {
  const text = context.req.query("inFlight") ?? "";
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}
