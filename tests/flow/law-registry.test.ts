import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { inWorkspace } from "#db/database";
import { ensureGates, holdGateCreation } from "#db/queries/gates";
import { readRegistries } from "#db/queries/law-facts";
import { readCopies } from "#db/queries/registries";
import { pointDraft } from "#flow/contacts/contact-draft";
import type { FlowDeps } from "#flow/deps";
import { importRegistry } from "#flow/registries/import-registry";
import { createWorkspace, TEST_SECRETS, type TestWorkspace } from "../support/product.ts";
import { createTestDatabase, type TestDatabase } from "../support/test-database.ts";

const NUMBER = "+12125550123";
let database: TestDatabase;
let workspace: TestWorkspace;
let older: FlowDeps;
let newer: FlowDeps;

beforeEach(async () => {
  database = await createTestDatabase(inject("postgresUrl"));
  workspace = await createWorkspace(database.ownerUrl, 5);
  older = workspace.deps;
  const keys = { ...TEST_SECRETS.index.keys, k2: randomBytes(32).toString("base64") };
  newer = { ...older, keys: { ...older.keys, index: { current: "k2", keys } } };
});
afterEach(async () => {
  await workspace.close();
  await database.drop();
});

const imported = (deps: FlowDeps) =>
  importRegistry(deps, {
    workspaceId: workspace.workspaceId,
    actor: "test",
    registryId: "US-NDNCR",
    asOf: new Date(Date.now() - 3_600_000),
    numbers: [{ number: NUMBER, listedAt: "2026-01-01" }],
    append: false,
    isPartial: false,
  });
const inTx = <T>(work: Parameters<typeof inWorkspace<T>>[2]) =>
  inWorkspace(workspace.database, workspace.workspaceId, work);

function gateKey(deps: FlowDeps) {
  const draft = pointDraft(deps.keys, workspace.workspaceId, "phone", NUMBER, true);
  if (draft === null) throw new Error("the test number is none");
  return draft.gateKey;
}
const gateOf = async (deps: FlowDeps) => {
  const [gateId] = await inTx((tx) => ensureGates(tx, workspace.workspaceId, [gateKey(deps)]));
  if (gateId === undefined) throw new Error("no gate row was made");
  return gateId;
};
const listedOn = async (gateId: number) => {
  const [copy] = await inTx((tx) => readRegistries(tx, [gateId]));
  return copy?.listed.map((entry) => entry.listedAt);
};

test("a number known under the older index key is found on a list that came after the newer key", async () => {
  const gateId = await gateOf(older);
  expect(await imported(newer)).toMatchObject({ kind: "imported", contactPoints: 1 });
  expect(await listedOn(gateId)).toEqual(["2026-01-01"]);
});

test("a list that came under the older index key has a number that becomes known after the newer key", async () => {
  await imported(older);
  expect(await listedOn(await gateOf(newer))).toEqual(["2026-01-01"]);
});

test("a number listed under two index keys counts once", async () => {
  await imported(newer);
  expect(await inTx(readCopies)).toMatchObject([{ registryId: "US-NDNCR", numbers: 1 }]);
});

test("a number that becomes known while its list is being taken over is bumped with the list", async () => {
  const result = await inTx(async (tx) => {
    await holdGateCreation(tx, workspace.workspaceId);
    const importing = imported(older);
    // The list's own entries are written by now; what is missing is who of it is known.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await ensureGates(tx, workspace.workspaceId, [gateKey(older)]);
    return { importing };
  });
  expect(await result.importing).toMatchObject({ kind: "imported", contactPoints: 1 });
});
