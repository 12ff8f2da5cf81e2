import { isEmailAddress, isPhoneNumber } from "#core/canonical-key";
import type { OpenForm } from "#flow/forms/open-form";
import { textOf, textsOf } from "./form-fields.ts";
import { boxName, type Entered, type FormFault } from "./pages/public/form.tsx";

const NAME_LENGTH_MAX = 200;

/** What somebody entered, as browsers send it. */
export function enteredIn(fields: Readonly<Record<string, unknown>>): Entered {
  return {
    email: textOf(fields, "email").trim(),
    name: textOf(fields, "name").trim(),
    phone: textOf(fields, "phone")
      .replace(/[\s().\-/]/g, "")
      .replace(/^00/, "+"),
    ticked: new Set(textsOf(fields, "box")),
  };
}

/** What is wrong with it. */
export function faultsOf(open: OpenForm, entered: Entered): FormFault[] {
  const ticked = open.boxes.filter((box) => entered.ticked.has(boxName(box)));
  const wantsCalls = ticked.some((box) => box.channel === "phone");
  const hasGoodName = entered.name.length <= NAME_LENGTH_MAX && !/[\p{Cc}\u2028\u2029]/u.test(entered.name);
  return [
    ...(isEmailAddress(entered.email) ? [] : (["address"] as const)),
    ...(hasGoodName ? [] : (["name"] as const)),
    ...((wantsCalls || entered.phone !== "") && !isPhoneNumber(entered.phone) ? (["phone"] as const) : []),
    ...(ticked.length > 0 ? [] : (["nothing"] as const)),
  ];
}

/**
 * True when a box was ticked beside other words than the form has now: the page of another site may be older. A page that
 * does not name its words was made before forms did; its word counts as long as the meaning is the first.
 * @param shown the notices that the page named.
 */
export function hasOldWords(open: OpenForm, entered: Entered, shown: readonly string[]): boolean {
  return open.boxes
    .filter((box) => entered.ticked.has(boxName(box)))
    .some((box) => (shown.length === 0 ? box.notice.meaning > 1 : !shown.includes(box.notice.id)));
}
