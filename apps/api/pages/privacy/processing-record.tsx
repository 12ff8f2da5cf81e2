import type { ProcessingRecord } from "#flow/rights/processing-record";
import { Document } from "../components/layout.tsx";

/** The record of processing activities to be read or printed. */
export const ProcessingRecordPage = ({ record }: { record: ProcessingRecord }) => (
  <Document title="Record of processing activities" pub>
    <main id="main">
      <h1>Record of processing activities</h1>
      {record.activities.map((activity) => (
        <section>
          <h2>{activity.purpose}</h2>
          <p>{activity.description}</p>
          <Lines
            lines={[
              `Controller: ${activity.controller.name}, ${activity.controller.postalAddress}`,
              `Legal basis: ${activity.legalBasis}`,
              `Purpose in DPV: ${activity.dpvTerm}`,
              `Channels: ${activity.channels.join(", ") || "none yet"}`,
              ...activity.notices.map(
                (notice) =>
                  `Notice ${notice.version} (${notice.channel}, ${notice.language}): sha256 ${notice.hash}`,
              ),
            ]}
          />
        </section>
      ))}
      <h2>People and data</h2>
      <Lines lines={[...record.categoriesOfPeople, ...record.categoriesOfData]} />
      <h2>Sources</h2>
      <Lines
        lines={[
          "the people themselves",
          ...record.sources.map(
            (source) => `${source.name}${source.isVerified ? "" : " (not verified: nobody is contacted)"}`,
          ),
        ]}
      />
      <h2>Recipients</h2>
      <Lines lines={record.recipients} />
      <h2>Kept for</h2>
      <Lines
        lines={[
          ...record.retention.map((each) => `${each.covers}: ${each.days} days (${each.source})`),
          `Beyond that: ${record.keptBeyond}`,
        ]}
      />
      <h2>Safeguards</h2>
      <Lines lines={record.safeguards} />
    </main>
  </Document>
);

const Lines = ({ lines }: { lines: readonly string[] }) => (
  <ul class="plain report">
    {lines.map((line) => (
      <li>{line}</li>
    ))}
  </ul>
);
