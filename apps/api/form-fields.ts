import type { Context } from "hono";
import { z } from "zod";

/** The fields of a form, whatever its encoding; null for JSON and bodies that cannot be read. */
export async function formFields(context: Context): Promise<Readonly<Record<string, unknown>> | null> {
  const type = (context.req.header("content-type") ?? "").toLowerCase();
  if (!type.startsWith("application/x-www-form-urlencoded") && !type.startsWith("multipart/form-data"))
    return null;
  try {
    return await context.req.parseBody({ all: true });
  } catch {
    // A body that cannot be read asks for nothing.
    return null;
  }
}

/** One text field; empty where it is missing, repeated or a file. */
export const textOf = (fields: Readonly<Record<string, unknown>>, name: string): string => {
  const value = fields[name];
  return typeof value === "string" ? value : "";
};

/** Every text of a field that may be repeated. */
export const textsOf = (fields: Readonly<Record<string, unknown>>, name: string): string[] => {
  const value = fields[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === "string");
};

/** A text that people write: empty where it is missing, runs of blanks as one; its line breaks stay. */
export const freeText = (longest: number) =>
  z
    .string()
    .max(longest)
    .default("")
    .transform((text) => text.replace(/[^\S\n]+/g, " ").trim());
