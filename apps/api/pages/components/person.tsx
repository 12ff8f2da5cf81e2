import type { OpenContact } from "#flow/contacts/contacts";

/** What a person is called on pages for staff: by name, else by an address or number of theirs. */
export const nameOf = (contact: OpenContact): string =>
  contact.identity === null
    ? "Erased person"
    : (contact.identity.fullName ?? Object.values(contact.identity.points)[0] ?? "No name");

/** A person as a link to their page, with the address or number that is meant. */
export const Person = ({
  contact,
  contactId,
  pointId,
}: {
  contact: OpenContact | undefined;
  contactId: string;
  pointId?: string;
}) => {
  const points = contact?.identity?.points ?? {};
  const address = pointId === undefined ? Object.values(points)[0] : points[pointId];
  const name = contact === undefined ? "Unknown person" : nameOf(contact);
  return (
    <>
      <a href={`/contacts/${contactId}`}>{name}</a>
      {address === undefined || address === name ? null : <span class="sub">{address}</span>}
    </>
  );
};
