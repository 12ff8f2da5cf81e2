/** A value an attribute may have. Attributes are declared non-identifying and stay plain. */
export type AttributeValue = string | number | boolean;

/** Who a campaign is for: a filter over country, language, party and attributes. An empty `all` selects everyone. */
export type AudienceFilter =
  | { readonly all: readonly AudienceFilter[] }
  | { readonly any: readonly AudienceFilter[] }
  | { readonly not: AudienceFilter }
  | { readonly country: readonly string[] }
  | { readonly language: readonly string[] }
  | { readonly party: readonly string[] }
  | { readonly attribute: string; readonly is: AttributeValue }
  | { readonly attribute: string; readonly in: readonly AttributeValue[] }
  | { readonly attribute: string; readonly atLeast: number }
  | { readonly attribute: string; readonly atMost: number }
  | { readonly attribute: string; readonly exists: boolean };

const DEPTH_MAX = 5;
const NODES_MAX = 50;

/** Problems of a filter that its shape alone does not show: how deep and how large it may be. Empty when fine. */
export function auditAudience(filter: AudienceFilter): { readonly path: string; readonly message: string }[] {
  const size = measure(filter, 1);
  return [
    ...(size.depth > DEPTH_MAX
      ? [{ path: "/audience", message: `is nested ${size.depth} deep; at most ${DEPTH_MAX}` }]
      : []),
    ...(size.nodes > NODES_MAX
      ? [{ path: "/audience", message: `has ${size.nodes} conditions; at most ${NODES_MAX}` }]
      : []),
  ];
}

function measure(filter: AudienceFilter, depth: number): { depth: number; nodes: number } {
  const children =
    "all" in filter ? filter.all : "any" in filter ? filter.any : "not" in filter ? [filter.not] : [];
  return children
    .map((child) => measure(child, depth + 1))
    .reduce((sum, child) => ({ depth: Math.max(sum.depth, child.depth), nodes: sum.nodes + child.nodes }), {
      depth,
      nodes: 1,
    });
}
