import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "hono";
import { z } from "zod";
import { type OpenForm, openForm } from "#flow/forms/open-form";
import { receiveSignUp } from "#flow/forms/receive-sign-up";
import type { Api, Services } from "../context.ts";
import { formFields, textOf, textsOf } from "../form-fields.ts";
import { boxName, EMPTY, type Entered, SHOWN, SignUpPage, TRAP } from "../pages/public/form.tsx";
import { InvalidLinkPage, type Reader, SayingPage } from "../pages/public/frame.tsx";
import { ThanksPage } from "../pages/public/thanks.tsx";
import { enteredIn, faultsOf, hasOldWords } from "../sign-up-fields.ts";
import { clientAddress } from "./client-address.ts";
import { type FormLimits, formLimits } from "./limits.ts";
import { page, readerOf, visitorOf } from "./reader.ts";

/** Every answer to a sign-up takes at least so long: what has to be done for an address must not show in the time. */
const ANSWER_MS_MIN = 300;

/** Hosted sign-up forms. Their answer is the same whether the address is new, known, stopped or limited. */
export function formRoutes(app: Api, services: Services): void {
  const limits = formLimits(services.deps);
  app.get("/f/:formId", async (context) => {
    const reader = readerOf(context);
    const open = await openAsked(services, context, reader);
    if (open === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    return page(context, <SignUpPage reader={reader} open={open} entered={EMPTY} faults={[]} />);
  });
  app.post("/f/:formId", async (context) => {
    const enough = sleep(ANSWER_MS_MIN);
    const reader = readerOf(context);
    const open = await openAsked(services, context, reader);
    if (open === null) return page(context, <InvalidLinkPage reader={reader} />, 404);
    const fields = await formFields(context);
    if (fields === null)
      return page(context, <SignUpPage reader={reader} open={open} entered={EMPTY} faults={[]} />);
    const entered = enteredIn(fields);
    if (hasOldWords(open, entered, textsOf(fields, SHOWN))) {
      // They agree to what stands here, and to nothing that they did not see: the boxes are empty again.
      const anew = { ...entered, ticked: EMPTY.ticked };
      return page(
        context,
        <SignUpPage reader={reader} open={open} entered={anew} faults={["changed"]} />,
        422,
      );
    }
    const faults = faultsOf(open, entered);
    if (faults.length > 0)
      return page(context, <SignUpPage reader={reader} open={open} entered={entered} faults={faults} />, 422);
    const address = clientAddress(context, services.config.trustedProxies);
    if (!(await limits.network(address)))
      return page(context, <TooManyPage reader={reader} open={open} />, 429);
    await takeSignUp(services, limits, context, reader, open, entered, textOf(fields, TRAP) !== "");
    await enough;
    return page(context, <ThanksPage reader={reader} open={open} />);
  });
}

async function openAsked(services: Services, context: Context, reader: Reader): Promise<OpenForm | null> {
  const id = z.uuid().safeParse(context.req.param("formId"));
  return id.success ? openForm(services.deps, id.data, reader.language) : null;
}

/** Stores the sign-up, unless a program filled in the hidden field or the address was entered too often today. */
async function takeSignUp(
  services: Services,
  limits: FormLimits,
  context: Context,
  reader: Reader,
  open: OpenForm,
  entered: Entered,
  isTrapped: boolean,
): Promise<void> {
  if (!(await limits.address(entered.email)) || isTrapped) return;
  const ticked = open.boxes.filter((box) => entered.ticked.has(boxName(box)));
  const wantsCalls = ticked.some((box) => box.channel === "phone");
  await receiveSignUp(services.deps, {
    open,
    email: entered.email,
    fullName: open.form.asksName && entered.name !== "" ? entered.name : null,
    phone: wantsCalls ? entered.phone : null,
    ticked,
    language: reader.language,
    how: { page: pageOf(services, context), ...visitorOf(services, context) },
    publicUrl: services.config.publicUrl,
  });
}

/** Where the form stood: our own page, or the site it is embedded in, as the browser names it. */
function pageOf({ config }: Services, context: Context): string {
  const own = `${config.publicUrl}${context.req.path}`;
  const origin = context.req.header("origin") ?? "null";
  if (origin === "null" || origin === new URL(config.publicUrl).origin) return own;
  return `${own} (from ${origin.slice(0, 200)})`;
}

const TooManyPage = ({ reader, open }: { reader: Reader; open: OpenForm }) => (
  <SayingPage
    reader={reader}
    speaker={open.speaker}
    title={reader.words.form.tooManyTitle}
    lines={[reader.words.form.tooMany]}
  />
);
