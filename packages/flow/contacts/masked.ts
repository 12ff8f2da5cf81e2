/**
 * Just enough of an address or number for its owner to know it: links are forwarded, and the page must not tell a
 * stranger more than the message did.
 */
export function masked(value: string): string {
  if (value.startsWith("+")) return `${value.slice(0, 3)}•••••••${value.slice(-3)}`;
  const at = value.lastIndexOf("@");
  return `${value.slice(0, 1)}•••••••${value.slice(at)}`;
}
