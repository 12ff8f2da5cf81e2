import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { standingSuppressions } from "#db/queries/suppressions";
import { recordConsent } from "#flow/consent/record-consent";
import { createPurpose } from "#flow/senders/create-sender";
import { createNotice } from "#flow/senders/publish-notice";
import { type StopTarget, stopPerson } from "#flow/stops/stop-person";
import { createWorkspace, type TestWorkspace } from "../../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../../support/test-database.ts";
import { eventsOf, gateIdOf, gateVersion, importFile, people, refusals, storyOf } from "./import-run.ts";

let database: TestDatabase;
let workspace: TestWorkspace;

beforeAll(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
});

beforeEach(async () => {
  workspace = await createWorkspace(database.ownerUrl, 4);
});

afterEach(async () => {
  await workspace.close();
});

afterAll(async () => {
  await database.drop();
});

const ANNA = "anna@example.com";
const PHONE = "+4930901820";
const HEADER = "email,consent_given_at,consent_source,notice_version,consent_withdrawn_at\n";
const EARLY = "2025-01-10T10:00:00Z";
const LATE = "2025-06-10T10:00:00Z";
const given = (at: string, address = ANNA) => `${address},${at},web-form,2026-01,\n`;
const withdrawn = (at: string, address = ANNA) => `${address},,,,${at}\n`;
const importRows = (...rows: string[]) => importFile(workspace, HEADER + rows.join(""));

async function stop(
  target: StopTarget,
  suppression?: "objection" | "complaint" | "hard-bounce",
): Promise<void> {
  await stopPerson(workspace.deps, {
    workspaceId: workspace.workspaceId,
    gateId: await gateIdOf(workspace, ANNA),
    channel: "email",
    contactId: null,
    target,
    ...(suppression === undefined ? {} : { suppression }),
    method: "link",
    actor: "person",
    claimed: false,
    campaignId: null,
    offersUndo: false,
    requestedAt: new Date(),
  });
}

async function suppressionsOf(address: string, channel: "email" | "phone" = "email") {
  const gateId = await gateIdOf(workspace, address, channel);
  return inWorkspace(workspace.database, workspace.workspaceId, (tx) => standingSuppressions(tx, [gateId]));
}

describe("raising consent", () => {
  test("a grant with source, time and a notice version is recorded with its evidence", async () => {
    const job = await importRows(given(EARLY));
    expect(job).toMatchObject({ created: 1, consentRaised: 1, consentLowered: 0, consentRequested: 0 });
    const [event, ...others] = await eventsOf(workspace, ANNA);
    expect(others).toEqual([]);
    expect(event).toMatchObject({
      type: "given",
      purposeId: workspace.purposeId,
      senderId: workspace.senderId,
      noticeId: workspace.noticeId,
      noticeVersion: "2026-01",
      method: "import",
      claimed: true,
      lifts: false,
      occurredAt: new Date(EARLY),
    });
    const [anna] = await people(workspace);
    expect(event?.contactPointId).toBe(anna?.record.points[0]?.id);
    expect(await refusals(workspace, job.id)).toEqual([]);
  });

  test.each([
    ["no source", `${ANNA},${EARLY},,2026-01,\n`, "1 consent.givenAt consent-evidence-missing"],
    ["no time", `${ANNA},,web-form,2026-01,\n`, "1 consent.givenAt consent-evidence-missing"],
    ["no notice version", `${ANNA},${EARLY},web-form,,\n`, "1 consent.givenAt consent-evidence-missing"],
    [
      "an unknown notice version",
      `${ANNA},${EARLY},web-form,1999-01,\n`,
      "1 consent.givenAt consent-evidence-missing",
    ],
  ])("a grant with %s is refused and the contact is kept", async (_sentence, row, refusal) => {
    const job = await importRows(row);
    expect(job).toMatchObject({ created: 1, refused: 0, consentRaised: 0 });
    expect(await refusals(workspace, job.id)).toEqual([refusal]);
    expect(await storyOf(workspace, ANNA)).toEqual([]);
  });

  test("a notice of another channel is no evidence", async () => {
    const csv = `phone,consent_given_at,consent_source,notice_version\n${PHONE},${EARLY},call,2026-01\n`;
    const job = await importFile(workspace, csv);
    expect(job.refusedByReason).toEqual({ "consent-evidence-missing": 1 });
    expect(await storyOf(workspace, PHONE, "phone")).toEqual([]);
  });

  test("a notice of another purpose is no evidence", async () => {
    const other = await createPurpose(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      senderId: workspace.senderId,
      key: "offers",
      name: "Offers",
      description: "Offers",
      dpvTerm: "dpv:DirectMarketing",
      kind: "marketing",
      consentLifetimeDays: null,
    });
    if (other.kind !== "created") throw new Error("the purpose was not created");
    const job = await importFile(workspace, HEADER + given(EARLY), { consentPurpose: "offers" });
    expect(job.refusedByReason).toEqual({ "consent-evidence-missing": 1 });
  });

  test.each([
    ["in a year to come", "2999-01-01", "time-in-the-future"],
    ["before 1990", "1970-01-01", "time-invalid"],
    ["on 30 February", "2025-02-30", "time-invalid"],
    ["in a local notation", "03/04/2025", "time-invalid"],
    ["with words behind the date", "2025-03-04 in the shop", "time-invalid"],
    ["as a number of seconds", "1735689600", "time-invalid"],
  ])("a consent given %s is refused and the contact is kept", async (_sentence, at, reason) => {
    const job = await importRows(given(at));
    expect(job).toMatchObject({ created: 1, consentRaised: 0 });
    expect(await refusals(workspace, job.id)).toEqual([
      "1 consent.givenAt consent-evidence-missing",
      `1 consent.givenAt ${reason}`,
    ]);
    expect(await storyOf(workspace, ANNA)).toEqual([]);
  });

  test.each([
    ["a day alone", "2025-03-04", "2025-03-04T00:00:00.000Z"],
    ["a time without an offset", "2025-03-04 10:30", "2025-03-04T10:30:00.000Z"],
    ["a time with an offset", "2025-03-04T10:30:00+02:00", "2025-03-04T08:30:00.000Z"],
    ["parts of a second", "2025-03-04T10:30:00.123456Z", "2025-03-04T10:30:00.123Z"],
    ["29 February of a leap year", "2024-02-29", "2024-02-29T00:00:00.000Z"],
  ])("%s is read in UTC, wherever this runs", async (_sentence, at, instant) => {
    await importRows(given(at));
    const [event] = await eventsOf(workspace, ANNA);
    expect(event?.occurredAt.toISOString()).toBe(instant);
  });

  test("an unknown purpose is refused and the contact is kept", async () => {
    const job = await importFile(workspace, HEADER + given(EARLY), { consentPurpose: "gossip" });
    expect(job).toMatchObject({ created: 1, refusedByReason: { "purpose-unknown": 1 } });
  });

  test("a purpose is found by its key, by its id and by sender and key", async () => {
    const names = ["newsletter", workspace.purposeId, "acme/newsletter"];
    const rows = names.map((name, place) => `p${place}@example.com,${EARLY},form,2026-01,${name}`).join("\n");
    const header = "email,consent_given_at,consent_source,notice_version,purpose\n";
    expect(await importFile(workspace, header + rows, {})).toMatchObject({ consentRaised: 3 });
  });

  test("the consent of one spelling is not the consent of another", async () => {
    const job = await importRows(given(EARLY, "anna+a@example.com"), given(EARLY, "anna+b@example.com"));
    expect(job).toMatchObject({ created: 2, consentRaised: 2 });
    const points = (await eventsOf(workspace, ANNA)).map((event) => event.contactPointId);
    expect(new Set(points).size).toBe(2);
  });
});

describe("repeating", () => {
  test("the same file twice adds no second event and touches no gate row", async () => {
    await importRows(given(EARLY), withdrawn(LATE, "bert@example.com"));
    const gateId = await gateIdOf(workspace, ANNA);
    const version = await gateVersion(workspace, gateId);
    const job = await importRows(given(EARLY), withdrawn(LATE, "bert@example.com"));
    expect(job).toMatchObject({ unchanged: 2, consentRaised: 0, consentLowered: 0, refused: 0 });
    expect(await storyOf(workspace, ANNA)).toEqual(["given"]);
    expect(await storyOf(workspace, "bert@example.com")).toEqual(["withdrawn"]);
    expect(await gateVersion(workspace, gateId)).toBe(version);
  });

  test("the same row twice in one file adds no second event", async () => {
    expect(await importRows(given(EARLY), given(EARLY))).toMatchObject({ consentRaised: 1, unchanged: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["given"]);
  });

  test("the file that was imported before the person stopped adds nothing when it is imported again", async () => {
    await importRows(given(EARLY));
    await stop({ kind: "topic", purposeId: workspace.purposeId, senderId: workspace.senderId });
    const job = await importRows(given(EARLY));
    expect(job).toMatchObject({ consentRaised: 0, consentRequested: 0 });
    expect(await storyOf(workspace, ANNA)).toEqual(["given", "withdrawn"]);
  });

  test("a grant older than one on record adds nothing", async () => {
    await importRows(given(LATE));
    expect(await importRows(given(EARLY))).toMatchObject({ consentRaised: 0, refusedByReason: {} });
    expect(await storyOf(workspace, ANNA)).toEqual(["given"]);
  });

  test("a newer grant is recorded beside the older one", async () => {
    await importRows(given(EARLY));
    expect(await importRows(given(LATE))).toMatchObject({ consentRaised: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["given", "given"]);
  });

  test("a grant under another notice version at the same instant is another fact", async () => {
    const notice = await createNotice(workspace.deps, {
      workspaceId: workspace.workspaceId,
      actor: "test",
      purposeId: workspace.purposeId,
      channel: "email",
      version: "2026-02",
      language: "en",
      wording: "Email me the Acme newsletter, please",
      changesMeaning: false,
    });
    if (notice.kind !== "created") throw new Error("the notice was not created");
    await importRows(given(EARLY));
    expect(await importRows(given(EARLY).replace("2026-01", "2026-02"))).toMatchObject({ consentRaised: 1 });
  });
});

describe("lowering consent", () => {
  test("a withdrawal needs no evidence", async () => {
    await importRows(given(EARLY));
    const job = await importRows(withdrawn(LATE));
    expect(job).toMatchObject({ consentLowered: 1, refusedByReason: {} });
    const [, event] = await eventsOf(workspace, ANNA);
    expect(event).toMatchObject({ type: "withdrawn", purposeId: workspace.purposeId, contactPointId: null });
  });

  test("a withdrawal makes permits already given stale", async () => {
    await importRows(given(EARLY));
    const gateId = await gateIdOf(workspace, ANNA);
    const version = await gateVersion(workspace, gateId);
    await importRows(withdrawn(LATE));
    expect(await gateVersion(workspace, gateId)).toBe(version + 1);
  });

  test("a withdrawal in a row with an address and a number stops both", async () => {
    const csv = `email,phone,consent_withdrawn_at\n${ANNA},${PHONE},${LATE}\n`;
    expect(await importFile(workspace, csv)).toMatchObject({ consentLowered: 2 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn"]);
    expect(await storyOf(workspace, PHONE, "phone")).toEqual(["withdrawn"]);
  });

  test("a withdrawal for one channel stops that channel alone", async () => {
    const csv = `email,phone,consent_withdrawn_at\n${ANNA},${PHONE},${LATE}\n`;
    await importFile(workspace, csv, { consentPurpose: "newsletter", consentChannel: "phone" });
    expect(await storyOf(workspace, ANNA)).toEqual([]);
    expect(await storyOf(workspace, PHONE, "phone")).toEqual(["withdrawn"]);
  });

  test("an unsubscribe that names no purpose stops everything", async () => {
    const csv = `email,unsubscribed_at\n${ANNA},${LATE}\n`;
    expect(await importFile(workspace, csv, {})).toMatchObject({ consentLowered: 1, refusedByReason: {} });
    expect(await storyOf(workspace, ANNA)).toEqual(["suppressed"]);
    expect(await suppressionsOf(ANNA)).toMatchObject([
      { kind: "unsubscribe", senderId: null, at: new Date(LATE) },
    ]);
  });

  test("stopping everything twice, in one file or two, adds no second entry", async () => {
    const csv = `email,unsubscribed\n${ANNA},yes\n${ANNA},yes\n`;
    expect(await importFile(workspace, csv, {})).toMatchObject({ consentLowered: 1 });
    expect(await importFile(workspace, csv, {})).toMatchObject({ consentLowered: 0 });
    expect((await suppressionsOf(ANNA)).length).toBe(1);
  });

  test.each(["yes", "true", "1", "x"])(
    "%s in the unsubscribed column is a withdrawal from now on",
    async (word) => {
      const job = await importFile(workspace, `email,unsubscribed\n${ANNA},${word}\n`);
      expect(job).toMatchObject({ consentLowered: 1, refusedByReason: {} });
      const [event] = await eventsOf(workspace, ANNA);
      expect(event?.type).toBe("withdrawn");
      expect(Math.abs((event?.occurredAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    },
  );

  test.each(["", "no", "false", "0", "NULL", "\\N", "0000-00-00 00:00:00"])(
    "'%s' in the unsubscribed column is no withdrawal",
    async (word) => {
      const job = await importFile(workspace, `email,unsubscribed\n${ANNA},${word}\n`);
      expect(job).toMatchObject({ created: 1, consentLowered: 0, refusedByReason: {} });
    },
  );

  test.each([
    ["in a notation we cannot read", "31.12.2024", "time-invalid"],
    ["in the future", "2999-01-01", "time-in-the-future"],
    ["far too long", "x".repeat(2_000), "time-invalid"],
  ])(
    "a withdrawal %s still stops, and never lets the grant beside it through",
    async (_sentence, at, reason) => {
      const job = await importRows(given(EARLY).replace(/\n$/, `${at}\n`));
      expect(job).toMatchObject({ consentRaised: 0, consentLowered: 1 });
      expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn"]);
      expect(await refusals(workspace, job.id)).toEqual([`1 consent.withdrawnAt ${reason}`]);
    },
  );

  test("an undated withdrawal imported again adds nothing", async () => {
    const csv = `email,unsubscribed\n${ANNA},yes\n`;
    await importFile(workspace, csv);
    expect(await importFile(workspace, csv)).toMatchObject({ consentLowered: 0 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn"]);
  });

  test("a row with a grant and a later withdrawal is a withdrawal", async () => {
    const job = await importRows(`${ANNA},${EARLY},web-form,2026-01,${LATE}\n`);
    expect(job).toMatchObject({ consentRaised: 0, consentLowered: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn"]);
  });
});

describe("an opt-out is never lifted by a file", () => {
  const topic = (): StopTarget => ({
    kind: "topic",
    purposeId: workspace.purposeId,
    senderId: workspace.senderId,
  });
  const now = () => new Date(Date.now() - 1).toISOString();

  test.each([
    ["a withdrawal", () => stop(topic())],
    ["a stop of everything", () => stop({ kind: "everything" })],
    ["an objection", () => stop({ kind: "everything" }, "objection")],
    ["a complaint", () => stop({ kind: "everything" }, "complaint")],
    [
      "a refusal",
      async () => {
        await importRows(`${ANNA},,,,\n`);
        const [anna] = await people(workspace);
        await recordConsent(workspace.deps, {
          workspaceId: workspace.workspaceId,
          contactPointId: anna?.record.points[0]?.id ?? "",
          purposeId: workspace.purposeId,
          act: "refuse",
          occurredAt: new Date(Date.now() - 10),
          method: "api",
          evidence: {},
          noticeId: null,
          actor: "test",
          claimed: true,
          byThePerson: false,
        });
      },
    ],
  ])("a grant after %s waits for the person", async (_sentence, sayNo) => {
    await sayNo();
    const before = await suppressionsOf(ANNA);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const job = await importRows(given(now()));
    expect(job).toMatchObject({ consentRaised: 0, consentRequested: 1 });
    expect(await refusals(workspace, job.id)).toEqual(["1 consent.givenAt opted-out-waits-for-the-person"]);
    const story = await storyOf(workspace, ANNA);
    expect(story.at(-1)).toBe("requested");
    expect(story.filter((type) => type === "given")).toEqual([]);
    expect(await suppressionsOf(ANNA)).toEqual(before);
  });

  test("a grant that waits is not recorded again when its file is imported again", async () => {
    await importRows(withdrawn(EARLY));
    await importRows(given(LATE));
    expect(await importRows(given(LATE))).toMatchObject({ consentRequested: 0 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn", "requested"]);
  });

  test("a grant from before the opt-out is history: nothing is recorded and the row is listed", async () => {
    await importRows(withdrawn(LATE));
    const job = await importRows(given(EARLY));
    expect(job).toMatchObject({ consentRaised: 0, consentRequested: 0 });
    expect(await refusals(workspace, job.id)).toEqual(["1 consent.givenAt opted-out-since"]);
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn"]);
  });

  test("a withdrawal and a later grant in one row are a withdrawal and a grant that waits", async () => {
    const job = await importRows(`${ANNA},${LATE},web-form,2026-01,${EARLY}\n`);
    expect(job).toMatchObject({ consentRaised: 0, consentLowered: 1, consentRequested: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn", "requested"]);
  });

  test("the opt-out of another spelling of the address holds", async () => {
    await importRows(withdrawn(EARLY, "ANNA+shop@example.com"));
    expect(await importRows(given(LATE))).toMatchObject({ consentRaised: 0, consentRequested: 1 });
  });

  test("an opt-out in an earlier row of the same file holds", async () => {
    const job = await importRows(withdrawn(EARLY), given(LATE));
    expect(job).toMatchObject({ consentRaised: 0, consentLowered: 1, consentRequested: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["withdrawn", "requested"]);
  });

  test("an opt-out in a later row of the same file comes later", async () => {
    const job = await importRows(given(EARLY), withdrawn(LATE));
    expect(job).toMatchObject({ consentRaised: 1, consentLowered: 1 });
    expect(await storyOf(workspace, ANNA)).toEqual(["given", "withdrawn"]);
  });

  test("a bounce is not the person's will and does not make a grant wait", async () => {
    await stop({ kind: "everything" }, "hard-bounce");
    expect(await importRows(given(now()))).toMatchObject({ consentRaised: 1 });
    expect(await suppressionsOf(ANNA)).toMatchObject([{ kind: "hard-bounce" }]);
  });
});
