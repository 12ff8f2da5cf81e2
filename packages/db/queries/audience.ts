import { type SQL, sql } from "drizzle-orm";
import type { AudienceFilter } from "#core/audience";
import { array } from "../database.ts";

/**
 * An audience filter as a condition on `contact` under the alias `k`. Every value is a parameter; a missing
 * attribute matches nothing but `exists: false` and `not`.
 */
export function compileAudience(filter: unknown): SQL {
  return condition(filter as AudienceFilter);
}

function condition(filter: AudienceFilter): SQL {
  if ("all" in filter) return joined(filter.all, sql` and `, sql`true`);
  if ("any" in filter) return joined(filter.any, sql` or `, sql`false`);
  if ("not" in filter) return sql`not coalesce(${condition(filter.not)}, false)`;
  if ("country" in filter) return sql`k.country = any(${array(filter.country, "text")})`;
  if ("language" in filter) return sql`k.language = any(${array(filter.language, "text")})`;
  if ("party" in filter) return sql`k.party = any(${array(filter.party, "text")})`;
  if ("exists" in filter) return sql`(k.attributes ? ${filter.attribute}) = ${filter.exists}`;
  if ("is" in filter) return sql`k.attributes -> ${filter.attribute} = ${JSON.stringify(filter.is)}::jsonb`;
  if ("in" in filter) {
    return sql`k.attributes -> ${filter.attribute} in (
      select value from jsonb_array_elements(${JSON.stringify(filter.in)}::jsonb))`;
  }
  if ("atLeast" in filter) return sql`${numberOf(filter.attribute)} >= ${filter.atLeast}::float8`;
  if ("atMost" in filter) return sql`${numberOf(filter.attribute)} <= ${filter.atMost}::float8`;
  throw new Error("the audience filter has an unknown condition");
}

function joined(filters: readonly AudienceFilter[], separator: SQL, empty: SQL): SQL {
  if (filters.length === 0) return empty;
  return sql`(${sql.join(
    filters.map((filter) => sql`coalesce(${condition(filter)}, false)`),
    separator,
  )})`;
}

/** A number attribute, or null: comparing a text must not fail the whole audience. */
const numberOf = (attribute: string): SQL =>
  sql`case when jsonb_typeof(k.attributes -> ${attribute}) = 'number' then (k.attributes ->> ${attribute})::float8 end`;
